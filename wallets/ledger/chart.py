"""The chart of accounts: the accounts that wallets book to. Other apps have their own chart."""

from __future__ import annotations

from bson import ObjectId

GATEWAY_FLUTTERWAVE = "gateway:flutterwave"  # what Flutterwave holds for us
PAYABLE_BANK_TRANSFER = "payable:bank_transfer"  # what transfers have paid out
INCOME_FEES = "income:fees"


def wallet_account(wallet_id: ObjectId) -> str:
    """The account of one wallet: what we owe its customer."""
    return f"wallet:{wallet_id}"
