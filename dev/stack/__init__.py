"""The whole of PayFlow on one machine, from Python packages alone.

`stack` starts the parts and stops them again. `make run`, `make demo`, the tests and the
benchmarks use it. The production image does not contain it.
"""
