"""The vendor of this flow: the one place that names it."""

from __future__ import annotations

from wallets import flutterwave
from wallets.clients import PaymentClient

VENDOR = flutterwave.VENDOR


def client() -> PaymentClient:
    return flutterwave.collections()
