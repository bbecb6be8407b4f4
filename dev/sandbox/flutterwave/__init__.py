"""Flutterwave v3, simulated as docs/vendors/flutterwave.md describes it.

`gateway`, `payouts`, `refunds` and `chargebacks` own the state, which is made of `documents`.
`money` books each change of it as a movement of the balance. `shapes` and `events` build the JSON,
the modules with `endpoints` serve the API, `checkout` serves the page, and the modules with `pages`
serve the control endpoints. `vendor` joins them.
"""
