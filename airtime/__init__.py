"""Airtime and data: what can be bought, and buying it."""
