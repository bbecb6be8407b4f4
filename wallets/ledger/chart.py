"""The chart of accounts: the name of every account in the books."""

from __future__ import annotations

from bson import ObjectId

GATEWAY_FLUTTERWAVE = "gateway:flutterwave"


PAYABLE_BANK_TRANSFER = "payable:bank_transfer"


PAYABLE_VTPASS = "payable:vtpass"


INCOME_COMMISSION = "income:commission"


INCOME_FEES = "income:fees"


def wallet_account(wallet_id: ObjectId) -> str:
    """The name of a wallet's account in the books."""
    return f"wallet:{wallet_id}"
