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
from typing import Any

from bson import ObjectId
from mongoengine import Q

from payflow.kernel.documents import find_one, insert, update_one
from payflow.kernel.errors import PayflowError
from payflow.kernel.money import naira_text
from wallets.documents import LedgerEntry, Wallet
from wallets.errors import InsufficientFunds, WalletInactive, WalletLocked, WalletNotFound

GATEWAY_FLUTTERWAVE = "gateway:flutterwave"
PAYABLE_BANK_TRANSFER = "payable:bank_transfer"
PAYABLE_VTPASS = "payable:vtpass"
INCOME_COMMISSION = "income:commission"
INCOME_FEES = "income:fees"


def wallet_account(wallet_id: ObjectId) -> str:
    """The name of a wallet's account in the books."""
    return f"wallet:{wallet_id}"


@dataclass(frozen=True)
class Posting:
    """One movement to be booked, in kobo. One side is the wallet's account."""

    debit_account: str
    credit_account: str
    amount: int


@dataclass(frozen=True)
class Admission:
    """A new transaction's place in its wallet: its number, and a time that rises with it."""

    number: int
    created_at: datetime


def admit(wallet: Wallet, *, hold: int, now: datetime, **counters: Any) -> Admission:
    """The wallet's next transaction is numbered, and `hold` kobo are reserved for it.

    One conditional update, with everything that could forbid it in its filter: two debits
    never hold the same kobo, and neither a lock nor a pause slips in. `counters` are set by
    the same update. Raises: WalletLocked, WalletInactive, InsufficientFunds.
    """
    place = _next_place(wallet, now)
    unlocked = Q(is_locked=False) | Q(lock_expires_at__lte=now)
    covered = {"$expr": {"$gte": [{"$subtract": ["$balance", "$held"]}, hold]}}
    admitted = Wallet.objects(
        Q(pk=wallet.pk, tx_seq=wallet.tx_seq, is_active=True) & unlocked & Q(__raw__=covered)
    ).update_one(inc__held=hold, set__tx_seq=place.number, set__tx_at=place.created_at, **counters)
    if not admitted:
        raise _refusal(wallet, hold, now)
    return place


def number(wallet: Wallet, *, now: datetime) -> Admission:
    """A number alone, for what neither a lock nor a pause may keep out: money that returns."""
    place = _next_place(wallet, now)
    taken = Wallet.objects(pk=wallet.pk, tx_seq=wallet.tx_seq).update_one(
        set__tx_seq=place.number, set__tx_at=place.created_at
    )
    assert taken == 1, "a snapshot shows one state of the wallet"
    return place


def _next_place(wallet: Wallet, now: datetime) -> Admission:
    latest: datetime | None = wallet.tx_at
    return Admission(wallet.tx_seq + 1, max(now, latest) if latest else now)


def _refusal(wallet: Wallet, hold: int, now: datetime) -> PayflowError:
    """Why the update found nothing: the wallet as this snapshot shows it says so."""
    if wallet.is_locked and not (wallet.lock_expires_at and wallet.lock_expires_at <= now):
        until = wallet.lock_expires_at.isoformat() if wallet.lock_expires_at else None
        return WalletLocked(locked_until=until)
    if not wallet.is_active:
        return WalletInactive()
    assert wallet.available < hold, "a snapshot shows one state of the wallet"
    return InsufficientFunds(available=naira_text(wallet.available), needed=naira_text(hold))


def release(wallet_id: ObjectId, *, amount: int, at: datetime) -> None:
    """The held amount is the customer's to spend again."""
    released = Wallet.objects(pk=wallet_id, held__gte=amount).update_one(
        dec__held=amount, set__updated_at=at
    )
    assert released == 1, f"wallet {wallet_id} does not hold {amount}"


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


def reversed_postings(entries: Sequence[LedgerEntry]) -> list[Posting]:
    """What undoes these entries: the same amounts with the accounts swapped."""
    return [Posting(e.credit_account, e.debit_account, e.amount) for e in entries]


def _chain(
    wallet: Wallet, reference: str, postings: Sequence[Posting], at: datetime
) -> list[LedgerEntry]:
    account = wallet_account(wallet.pk)
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
