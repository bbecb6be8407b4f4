"""Funding: money in, through a vendor's hosted payment page."""

FUNDING = "FUNDING"  # the type of its transactions
