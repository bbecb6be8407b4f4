"""The ledger: wallets, transactions, entries and holds. Only this package moves money."""
