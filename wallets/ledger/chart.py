"""The chart of accounts: the accounts that wallets book to. Other apps have their own chart.

The books sum to zero in each currency. An asset is debited when it grows, a debt when it shrinks.
"""

from __future__ import annotations

from bson import ObjectId

GATEWAY_FLUTTERWAVE = "gateway:flutterwave"  # what Flutterwave holds for us
# Money that Flutterwave moved, and that nobody has been given yet: its review case says why.
SUSPENSE_FLUTTERWAVE = "suspense:flutterwave"
EXPENSE_VENDOR_FEES = "expense:vendor_fees"  # what vendors keep or take for their work
EXPENSE_DUTY = "expense:duty"  # stamp duty on transfers
INCOME_FEES = "income:fees"
# What we paid in at a vendor, and what a vendor paid out to our bank.
SETTLEMENT_BANK = "settlement:bank"
ADJUSTMENT = "adjustment"  # corrections that two people approved

# Accounts that older entries name otherwise.
RENAMED = {"payable:bank_transfer": GATEWAY_FLUTTERWAVE}


def wallet_account(wallet_id: ObjectId) -> str:
    """The account of one wallet: what we owe its customer."""
    return f"wallet:{wallet_id}"


def receivable_account(wallet_id: ObjectId) -> str:
    """What the customer of this wallet owes us, because the balance did not cover it."""
    return f"receivable:{wallet_id}"
