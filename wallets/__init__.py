"""Wallets: the ledger, the flows that move money, the inbox of webhooks, and the audits."""
