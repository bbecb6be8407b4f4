"""The types of the fixtures that make wallets and transactions which no customer has."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from wallets.ledger.documents import Transaction, Wallet

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)

MakeWallet = Callable[..., Wallet]
MakeTransaction = Callable[..., Transaction]
