"""Settings: `production`, `embedded` for development, and `test`.

`config` reads and checks the environment variables. `base` makes Django's settings of them. The
three modules above import `base` and change what differs.
"""
