"""The whole of PayFlow on one machine, from Python packages alone.

`stack` starts its parts and stops them again; `make run`, `make demo`, the tests and the
benchmarks all stand on it. Development only: the production image has none of it.
"""
