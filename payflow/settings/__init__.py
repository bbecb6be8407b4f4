"""Settings, one module per way of running: `embedded`, `test`, `production`.

`config` reads and checks the environment, `base` turns the result into Django's
settings, and each of the three modules above says only what differs.
"""
