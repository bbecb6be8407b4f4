"""VTpass's airtime and data, simulated as docs/vendors/vtpass.md describes them.

`documents`, `catalogue` and `account` are what it knows and does, `orders` the checks of what is
asked of it, `shapes` and `events` how it looks on the wire, the modules with `endpoints` its API,
`controls` its controls; `vendor` joins them.
"""
