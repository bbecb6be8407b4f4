"""PayFlow: naira wallets funded by hosted checkout, spent as transfers, airtime and data."""
