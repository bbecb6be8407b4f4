"""Vendors that move a wallet's money, each behind the same few calls."""
