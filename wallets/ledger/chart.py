"""The chart of accounts: the name of every account in the books."""

from __future__ import annotations

from bson import ObjectId

GATEWAY_FLUTTERWAVE = "gateway:flutterwave"  # what Flutterwave holds for us
PAYABLE_BANK_TRANSFER = "payable:bank_transfer"  # what transfers have paid out
PAYABLE_VTPASS = "payable:vtpass"  # what VTpass took from our float
INCOME_COMMISSION = "income:commission"
INCOME_FEES = "income:fees"


def wallet_account(wallet_id: ObjectId) -> str:
    """The account of one wallet: what we owe its customer."""
    return f"wallet:{wallet_id}"
