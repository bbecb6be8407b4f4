"""What every app stands on. Nothing here knows of wallets, vendors or HTTP requests."""
