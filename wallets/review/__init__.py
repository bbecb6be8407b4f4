"""Review cases: what a person has to decide."""
