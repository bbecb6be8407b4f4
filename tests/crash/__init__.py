"""A crash at every failpoint of every flow, and the proof that no kobo noticed."""
