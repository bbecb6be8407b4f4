"""Oversight: audit, anchors and reconciliation prove the books against other records."""
