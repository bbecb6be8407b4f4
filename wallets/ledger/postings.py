"""The only module that inserts ledger entries and moves `balance` and `held`.

    hold      admit()      available -> held
    capture   post()       held -> gone, with the entries that say where to
    release   release()    held -> available

Every function here runs inside an atomic block, whose write to the one wallet comes first:
of two blocks on one wallet the later one then conflicts at once, and runs again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId

from payflow.kernel.documents import find_one, insert, update_one
from wallets.errors import WalletNotFound
from wallets.ledger import chart
from wallets.ledger.documents import LedgerEntry, Wallet


@dataclass(frozen=True)
class Posting:
    """One movement to be booked, in kobo. One side is the wallet's account."""

    debit_account: str
    credit_account: str
    amount: int


def post(
    wallet_id: ObjectId,
    *,
    reference: str,
    postings: Sequence[Posting],
    at: datetime,
    captures: int = 0,
) -> Wallet:
    """The wallet after the postings: balance moved, entries chained, in order.

    `captures` is the hold in kobo that these postings spend. The unique index on
    (transaction, debit, credit) makes a second posting of the same transaction fail,
    whatever its caller believed. Raises: WalletNotFound.
    """
    wallet = find_one(Wallet, {"_id": wallet_id})
    if wallet is None:
        raise WalletNotFound()
    entries = _chain(wallet, reference, postings, at)
    head, held = entries[-1], wallet.held - captures
    assert 0 <= held <= head.balance_after, f"{reference} would spend money that is held"
    moved = update_one(
        Wallet,
        {"_id": wallet.pk, "entry_seq": wallet.entry_seq},
        {
            "$set": {
                "balance": head.balance_after,
                "held": held,
                "entry_seq": head.seq,
                "entry_hash": head.hash,
                "updated_at": at,
            }
        },
    )
    assert moved, "a snapshot shows one state of the wallet"
    insert(entries)
    wallet.balance, wallet.held = head.balance_after, held
    wallet.entry_seq, wallet.entry_hash = head.seq, head.hash
    return wallet


def reverse_postings(entries: Sequence[LedgerEntry]) -> list[Posting]:
    """What undoes these entries: the same amounts with the accounts swapped."""
    return [Posting(e.credit_account, e.debit_account, e.amount) for e in entries]


def _chain(
    wallet: Wallet, reference: str, postings: Sequence[Posting], at: datetime
) -> list[LedgerEntry]:
    account = chart.wallet_account(wallet.pk)
    seq, balance, prev_hash = wallet.entry_seq, wallet.balance, wallet.entry_hash
    entries = []
    for posting in postings:
        seq += 1
        balance += posting.amount * _sign(posting, account)
        assert balance >= 0, f"{reference} would overdraw {account}"
        entry = LedgerEntry(
            transaction=reference,
            debit_account=posting.debit_account,
            credit_account=posting.credit_account,
            amount=posting.amount,
            currency=wallet.currency,
            wallet=wallet.pk,
            seq=seq,
            balance_after=balance,
            prev_hash=prev_hash,
            created_at=at,
        )
        entry.hash = prev_hash = entry_hash(entry)
        entries.append(entry)
    return entries


def _sign(posting: Posting, account: str) -> int:
    """What the posting does to the wallet: customers' money is owed, so a credit adds."""
    assert posting.amount > 0 and posting.debit_account != posting.credit_account
    assert account in (posting.debit_account, posting.credit_account)
    return 1 if posting.credit_account == account else -1


def entry_hash(entry: LedgerEntry) -> str:
    """SHA-256 over every field of the entry but its id and its own hash, as hexadecimal.

    Fields are joined by newlines, which none of them can contain.
    """
    fields = (
        entry.prev_hash,
        entry.transaction,
        entry.debit_account,
        entry.credit_account,
        entry.amount,
        entry.currency,
        entry.wallet,
        entry.seq,
        entry.balance_after,
        entry.created_at.isoformat(timespec="milliseconds"),
    )
    return hashlib.sha256("\n".join(map(str, fields)).encode()).hexdigest()
