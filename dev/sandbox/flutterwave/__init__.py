"""Flutterwave v3, simulated as docs/vendors/flutterwave.md describes it.

`documents` and `gateway` are what it knows and does, `shapes` and `events` how that looks on the
wire, the modules with `endpoints(gateway)` its API, `checkout` its page; `vendor` joins them.
"""
