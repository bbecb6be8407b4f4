"""The vendor of this flow, and its client. The services use both through this module."""

from __future__ import annotations

from wallets import flutterwave
from wallets.clients import PaymentClient

VENDOR = flutterwave.VENDOR


def client() -> PaymentClient:
    return flutterwave.collections()
