"""The invariants of money, restated from the documents alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from wallets.ledger.chart import receivable_account, wallet_account
from wallets.ledger.documents import (
    LedgerEntry,
    Transaction,
    TransactionStatus,
    Wallet,
)
from wallets.ledger.postings import hash_entry

# These concern no customer: money that nobody has been given yet, what we paid in at a vendor, and
# what a vendor took from us.
_OF_THE_HOUSE = ("UNMATCHED", "UNMATCHED_OUT", "ADJUSTMENT", "CHARGE")


def check_chain(wallet: Wallet, entries: Sequence[LedgerEntry]) -> None:
    """0 <= held <= balance; the entries form one chain without a gap, and the wallet its end.

    entries: all of the wallet's, by `seq`. Every hash, every balance and what the customer owes
    are computed again. An entry between two house accounts moves neither.
    """
    assert 0 <= wallet.held <= wallet.balance
    assert wallet.owed >= 0
    account, debt = wallet_account(wallet.pk), receivable_account(wallet.pk)
    balance, owed, previous = 0, 0, ""
    for seq, entry in enumerate(entries, start=1):
        debit, credit = entry.debit_account, entry.credit_account
        assert entry.seq == seq
        assert entry.amount > 0
        assert debit != credit
        assert entry.currency == wallet.currency or not {debit, credit} & {account, debt}
        balance += entry.amount * ((credit == account) - (debit == account))
        owed += entry.amount * ((debit == debt) - (credit == debt))
        assert entry.balance_after == balance >= 0
        assert owed >= 0
        assert entry.prev_hash == previous
        assert entry.hash == hash_entry(entry)
        previous = entry.hash
    assert (wallet.balance, wallet.owed, wallet.entry_seq, wallet.entry_hash) == (
        balance,
        owed,
        len(entries),
        previous,
    )


def check_transactions(wallet: Wallet) -> None:
    """Each transaction has given or taken exactly what it says; holds are as large as promised.

    A SUCCESS has moved its amount, and its fee if it took money; a REVERSAL its amount in its
    direction; any other status nothing. `held` is what PENDING debits and open chargebacks
    reserve.
    """
    moved = _sum_by_transaction(wallet)
    held, reversed_kobo = 0, defaultdict[str, int](int)
    transactions = list(Transaction.objects(user_id=wallet.user_id))
    for transaction in transactions:
        expected = _expected_kobo(transaction)
        assert moved.pop(transaction.reference, 0) == expected, transaction.reference
        assert transaction.history[-1].status is transaction.status
        held += transaction.frozen or 0
        if transaction.status is TransactionStatus.PENDING and not _is_credit(transaction):
            held += transaction.amount + transaction.fee
        if transaction.type == "REVERSAL":
            reversed_kobo[transaction.reverses] += expected
    assert not moved, "entries without a transaction"
    for transaction in transactions:
        assert (transaction.reversed_kobo or 0) == reversed_kobo.pop(transaction.reference, 0)
    assert not reversed_kobo, "REVERSALs of no transaction"
    stored = Wallet.objects.get(pk=wallet.pk)
    assert stored.held == held
    assert stored.unfrozen == sum(each.unfrozen or 0 for each in transactions)
    assert not stored.unfrozen or stored.balance == held, "a dispute wants it, and it can be spent"


def check_money(wallet: Wallet) -> None:
    """All invariants of this wallet, as the database has it now."""
    wallet = Wallet.objects.get(pk=wallet.pk)
    check_chain(wallet, list(LedgerEntry.objects(wallet=wallet.pk).order_by("seq")))
    check_transactions(wallet)


def _sum_by_transaction(wallet: Wallet) -> dict[str, int]:
    """What each transaction has given to the customer, debts included; negative if it took."""
    customers = {wallet_account(wallet.pk), receivable_account(wallet.pk)}
    sums: defaultdict[str, int] = defaultdict(int)
    for entry in LedgerEntry.objects(wallet=wallet.pk):
        credited, debited = entry.credit_account in customers, entry.debit_account in customers
        sums[entry.transaction] += entry.amount * (credited - debited)
    return sums


def _expected_kobo(transaction: Transaction) -> int:
    is_settled = transaction.status is TransactionStatus.SUCCESS
    if transaction.type in _OF_THE_HOUSE or not is_settled:
        return 0
    if transaction.type == "REVERSAL":
        sign = {"in": 1, "out": -1}[transaction.details["direction"]]
        return sign * int(transaction.amount)
    if _is_credit(transaction):
        return int(transaction.amount)
    return -int(transaction.amount + transaction.fee)


def _is_credit(transaction: Transaction) -> bool:
    return transaction.type in ("FUNDING", *_OF_THE_HOUSE)
