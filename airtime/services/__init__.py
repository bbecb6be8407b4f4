"""Use cases: what is sold, buying it, and learning how a purchase ended."""
