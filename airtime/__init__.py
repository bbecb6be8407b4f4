"""Airtime and data: the catalogue, and purchases."""
