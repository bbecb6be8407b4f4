"""The vendor sandbox: a stand-alone program that behaves as our vendors' references say.

It is the development default and the test double over real HTTP. It is a separate program: it
imports nothing else of this project, keeps its own books and knows only HTTP. Run it with
`python -m dev.sandbox`; `config.py` lists the options and their development defaults.

Adding a vendor, or a part of one, is one more of the same: a module that exports
`endpoints(gateway)`, listed where its vendor is put together (`flutterwave/vendor.py`), and for a
new vendor one line in `server.py`.
"""
