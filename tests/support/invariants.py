"""The invariants of money, restated from the documents alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from wallets.ledger.chart import wallet_account
from wallets.ledger.documents import (
    LedgerEntry,
    Transaction,
    TransactionStatus,
    Wallet,
)
from wallets.ledger.postings import hash_entry


def check_chain(wallet: Wallet, entries: Sequence[LedgerEntry]) -> None:
    """0 <= held <= balance; the entries form one chain without a gap, and the wallet its end.

    entries: all of the wallet's, by `seq`. Every hash and every balance is computed again.
    """
    assert 0 <= wallet.held <= wallet.balance
    account, balance, previous = wallet_account(wallet.pk), 0, ""
    for seq, entry in enumerate(entries, start=1):
        assert entry.seq == seq
        assert entry.amount > 0
        balance += entry.amount if entry.credit_account == account else -entry.amount
        assert entry.balance_after == balance >= 0
        assert entry.prev_hash == previous
        assert entry.hash == hash_entry(entry)
        previous = entry.hash
    assert (wallet.balance, wallet.entry_seq, wallet.entry_hash) == (
        balance,
        len(entries),
        previous,
    )


def check_transactions(wallet: Wallet) -> None:
    """A SUCCESS has exactly its entries, any other status none; holds equal the open debits."""
    booked: dict[str, int] = defaultdict(int)
    for entry in LedgerEntry.objects(wallet=wallet.pk):
        booked[entry.transaction] += entry.amount
    held = 0
    for transaction in Transaction.objects(user_id=wallet.user_id):
        whole = transaction.amount + transaction.fee
        settled = transaction.status is TransactionStatus.SUCCESS
        assert booked.pop(transaction.reference, 0) == (whole if settled else 0)
        assert transaction.history[-1].status is transaction.status
        if transaction.type != "FUNDING" and transaction.status is TransactionStatus.PENDING:
            held += whole
    assert not booked, "entries without a transaction"
    assert Wallet.objects.get(pk=wallet.pk).held == held


def check_money(wallet: Wallet) -> None:
    """All invariants of this wallet, as the database has it now."""
    wallet = Wallet.objects.get(pk=wallet.pk)
    check_chain(wallet, list(LedgerEntry.objects(wallet=wallet.pk).order_by("seq")))
    check_transactions(wallet)
