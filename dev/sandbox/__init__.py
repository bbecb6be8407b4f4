"""The vendor sandbox: a program that simulates our vendors as docs/vendors/ describes them.

Development and tests use it over real HTTP in place of the vendors. It imports nothing else of
this project and keeps its own books. Run it with `python -m dev.sandbox`; `config.py` lists the
options and their development defaults.

To add a part of a vendor, write a module that exports `endpoints(...)` and list it in that vendor's
`vendor.py`. A new vendor is also listed in `server.py`.
"""
