"""Wallets: the ledger, money in, and the inbox of what vendors say about both."""
