"""The vendors that sell airtime and data."""
