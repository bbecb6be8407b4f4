"""Deterministic simulation: one process plays all processes, and a seed decides which acts next.

Inspired by TigerBeetle's simulator. The code of the product, the database and the vendors' books
are real. The schedule is simulated: which process runs between two failpoints, which dies there,
which message is lost, doubled or late, and what time it is. No other process runs inside an atomic
block, since two blocks on one wallet conflict and are retried; tests/integration shows that with
real threads.
"""
