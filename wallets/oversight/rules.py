"""What the books of one transaction must say: pure functions that the audit compares with."""

from __future__ import annotations

from collections.abc import Iterable

from bson import ObjectId

from wallets import flows
from wallets.house import HOUSE
from wallets.ledger.chart import receivable_account, wallet_account
from wallets.ledger.documents import REVERSAL, LedgerEntry, Transaction, TransactionStatus

# How the accounts of the house begin. Older entries name what is at vendors `payable:`.
_HOUSE_ACCOUNTS = (
    "gateway:",
    "float:",
    "suspense:",
    "expense:",
    "income:",
    "settlement:",
    "payable:",
    "adjustment",
)


def expected_customer_kobo(transaction: Transaction) -> int:
    """What a transaction has given to its customer in kobo; negative if it took money.

    Only a SUCCESS moves a customer's money. A transaction of the house moves nobody's.
    """
    if transaction.wallet == HOUSE or transaction.status is not TransactionStatus.SUCCESS:
        return 0
    if transaction.type == REVERSAL:
        # Before REVERSALs had a direction, each gave money back.
        sign = -1 if transaction.details.get("direction") == "out" else 1
        return sign * int(transaction.amount)
    if flows.is_credit(transaction.type):
        return int(transaction.amount)
    return -int(transaction.amount + transaction.fee)


def customer_kobo(entries: Iterable[LedgerEntry], wallet_id: ObjectId) -> int:
    """What entries give to the customer of a wallet, debts included; negative if they take."""
    ours = {wallet_account(wallet_id), receivable_account(wallet_id)}
    return sum(
        each.amount * ((each.credit_account in ours) - (each.debit_account in ours))
        for each in entries
    )


def expected_hold_kobo(transaction: Transaction) -> int:
    """What a transaction reserves of its wallet: a PENDING debit, and an open chargeback."""
    is_pending = transaction.status is TransactionStatus.PENDING
    is_held = is_pending and not flows.is_credit(transaction.type)
    return int(transaction.frozen or 0) + (
        int(transaction.amount + transaction.fee) if is_held else 0
    )


def unknown_accounts(entry: LedgerEntry) -> list[str]:
    """The accounts of an entry that are neither its wallet's nor the house's."""
    ours = {wallet_account(entry.wallet), receivable_account(entry.wallet)}
    sides = (entry.debit_account, entry.credit_account)
    return [each for each in sides if each not in ours and not each.startswith(_HOUSE_ACCOUNTS)]
