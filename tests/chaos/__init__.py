"""A day on which every part dies, and the proof that the books are right: `make chaos SEED=1`."""
