"""VTpass's airtime and data, simulated as docs/vendors/vtpass.md describes them.

`merchant` and `catalogue` own the state, which is made of `documents`. `orders` checks orders,
`shapes` and `events` build the JSON, the modules with `endpoints` serve the API, `controls` serves
the control endpoints. `vendor` joins them.
"""
