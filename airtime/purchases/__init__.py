"""Purchases: money out, as airtime or a data plan for a phone number."""

# The types of its transactions.
AIRTIME = "AIRTIME"
DATA = "DATA"
