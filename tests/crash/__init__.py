"""A crash at every failpoint of every flow, and the proof that the books are right."""
