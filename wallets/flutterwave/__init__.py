"""Flutterwave v3: its wire format, naira and error texts, turned into ours.

Source: docs/vendors/flutterwave.md.
"""

from wallets.flutterwave.collections import Collections
from wallets.flutterwave.payouts import Payouts
from wallets.flutterwave.wire import VENDOR, http

__all__ = ["VENDOR", "collections", "payouts"]


def collections() -> Collections:
    """Money in."""
    return Collections(http())


def payouts() -> Payouts:
    """Money out."""
    return Payouts(http())
