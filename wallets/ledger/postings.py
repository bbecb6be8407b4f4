"""Postings: the only module that inserts ledger entries and moves `balance`.

Every function runs inside an atomic block.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId

from payflow.kernel.documents import find_one, insert, update_one
from payflow.kernel.errors import InvariantBroken
from wallets.errors import WalletNotFound
from wallets.ledger.chart import wallet_account
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
    """Book the postings in order, and return the wallet as it is afterwards.

    `captures` is the hold in kobo that these postings spend. The unique index on
    (transaction, debit, credit) refuses a second posting of the same transaction.
    Raises: WalletNotFound.
    """
    wallet = find_one(Wallet, {"_id": wallet_id})
    if wallet is None:
        raise WalletNotFound()
    entries = _chain(wallet, reference, postings, at)
    latest, held = entries[-1], wallet.held - captures
    if not 0 <= held <= latest.balance_after:
        raise InvariantBroken(f"{reference} would spend money that is held")
    moved = update_one(
        Wallet,
        {"_id": wallet.pk, "entry_seq": wallet.entry_seq},
        {
            "$set": {
                "balance": latest.balance_after,
                "held": held,
                "entry_seq": latest.seq,
                "entry_hash": latest.hash,
                "updated_at": at,
            }
        },
    )
    if not moved:
        raise InvariantBroken(f"wallet {wallet.pk} changed within one snapshot")
    insert(entries)
    wallet.balance, wallet.held = latest.balance_after, held
    wallet.entry_seq, wallet.entry_hash = latest.seq, latest.hash
    return wallet


def reverse_postings(entries: Sequence[LedgerEntry]) -> list[Posting]:
    """The postings that undo these entries: the same amounts, the accounts swapped."""
    return [Posting(e.credit_account, e.debit_account, e.amount) for e in entries]


def hash_entry(entry: LedgerEntry) -> str:
    """SHA-256 over every field of the entry but its id and its hash, as hexadecimal text.

    Newlines join the fields; no field can contain one.
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


def _chain(
    wallet: Wallet, reference: str, postings: Sequence[Posting], at: datetime
) -> list[LedgerEntry]:
    """The entries of the postings, each linked to the one before it."""
    account = wallet_account(wallet.pk)
    seq, balance, prev_hash = wallet.entry_seq, wallet.balance, wallet.entry_hash
    entries = []
    for posting in postings:
        seq += 1
        balance += posting.amount * _sign(posting, account)
        if balance < 0:
            raise InvariantBroken(f"{reference} would overdraw {account}")
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
        entry.hash = prev_hash = hash_entry(entry)
        entries.append(entry)
    return entries


def _sign(posting: Posting, account: str) -> int:
    """1 if the posting adds to the wallet, -1 if it takes away.

    We owe customers their money, so a credit of the wallet's account adds.
    """
    sides = (posting.debit_account, posting.credit_account)
    if posting.amount <= 0 or sides[0] == sides[1] or account not in sides:
        raise InvariantBroken(f"{posting} cannot be booked on {account}")
    return 1 if posting.credit_account == account else -1
