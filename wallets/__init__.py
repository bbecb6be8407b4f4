"""Wallets: the ledger, the flows that move money through it, and what watches over both."""
