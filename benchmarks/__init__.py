"""Benchmarks: PayFlow compared with the least code that does the same work.

They are run by hand: docs/benchmarks.md.
"""
