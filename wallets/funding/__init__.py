"""Funding: money in, through a vendor's hosted payment page."""

FUNDING = "FUNDING"  # the type of its transactions
UNMATCHED = "UNMATCHED"  # a payment that belongs to no funding; kept by the house
