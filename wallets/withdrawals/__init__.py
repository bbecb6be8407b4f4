"""Withdrawals: money out, as a transfer to a bank account."""

WITHDRAWAL = "WITHDRAWAL"  # the type of its transactions
