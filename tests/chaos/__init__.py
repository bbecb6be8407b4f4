"""A day on which everything goes wrong, and the proof that no kobo did: `make chaos SEED=1`."""
