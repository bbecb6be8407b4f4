"""Flutterwave v3, simulated as docs/vendors/flutterwave.md describes it.

`gateway` and `payouts` own the state, which is made of `documents`. `shapes` and `events` build the
JSON, the modules with `endpoints` serve the API, `checkout` serves the page. `vendor` joins them.
"""
