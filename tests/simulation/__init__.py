"""Deterministic simulation: one process plays everybody, and a seed decides who acts when.

Inspired by TigerBeetle's simulator. The product's code, the database and the vendors' books are
the real ones; what is simulated is the schedule: who runs between any two failpoints, who dies
there, which message is lost, doubled or late, and what time it is. Inside an atomic block nobody
else runs, since two blocks on one wallet conflict and begin anew: tests/integration shows that
with real threads.
"""
