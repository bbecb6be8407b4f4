"""Airtime and data bundles, paid from the wallet and delivered by VTpass."""
