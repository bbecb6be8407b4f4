"""The audit of one wallet: its owner, its balance, its entries and its transactions."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from bson import ObjectId
from mongoengine import QuerySet

from accounts.models import User
from payflow.kernel.db import atomic
from wallets.house import HOUSE
from wallets.ledger.documents import LedgerEntry, Transaction, TransactionStatus, Wallet
from wallets.oversight import rules
from wallets.oversight.audit.entries import chain_at, compare_checkpoint, compare_wallet, walk
from wallets.oversight.audit.findings import UNREADABLE, Finding
from wallets.oversight.audit.transactions import check_named, check_transactions
from wallets.oversight.documents import AuditCheckpoint
from wallets.review.audit_findings import AuditFinding

# Within this many nights the nightly audit reads every wallet from its first entry.
_NIGHTS = 7


# One wallet that is broken throughout must not bury the others.
_MAX_FINDINGS = 100


@dataclass(frozen=True)
class Anchor:
    """A wallet's owner, latest entry and latest transaction when it was audited. In kobo."""

    wallet: str
    seq: int
    hash: str
    balance: int
    owner: str = ""
    transaction_number: int = 0
    transaction_seal: str = ""  # not `seal`, which ends a block of anchors


@dataclass(frozen=True, kw_only=True)
class _State:
    """A wallet at one moment, with what must agree with it."""

    wallet: Wallet
    held: int  # what its transactions need
    first_open: int  # the number of its oldest PENDING transaction, or of its next one
    beyond: Transaction | None  # one whose number the wallet has not given yet
    entry_beyond: LedgerEntry | None  # one after the wallet's latest entry


def wallet_ids(*, after: ObjectId | None = None) -> Iterator[ObjectId]:
    """The ids of all wallets, in order; with `after`, only those that follow it."""
    for row in _wallets(after).order_by("pk").only("pk").no_cache():
        yield row.pk


def count_wallets(*, after: ObjectId | None = None) -> int:
    """How many wallets wallet_ids() yields."""
    return int(_wallets(after).count())


def _wallets(after: ObjectId | None) -> QuerySet[Wallet]:
    return Wallet.objects(pk__gt=after) if after else Wallet.objects()


def audit_wallet(
    wallet_id: ObjectId, *, full: bool = False, night: date | None = None, now: datetime
) -> tuple[Anchor, list[Finding]]:
    """Audit one wallet up to its present latest entry; its first hundred findings.

    full: from the first entry; otherwise from the checkpoint of the last clean audit, whose
    entry must be unchanged. A clean audit stores a new checkpoint; after one that is not, the
    next one is full. night: also full if it is the wallet's turn, or if its turn was missed.
    A document that cannot be read is a finding, so it hides no other wallet.
    """
    try:
        return _audit_readable(wallet_id, full=full, night=night, now=now)
    except Wallet.DoesNotExist:
        finding = Finding(
            str(wallet_id), AuditFinding.WALLET_MISSING, "wallet", "It does not exist."
        )
        return Anchor(str(wallet_id), seq=0, hash="", balance=0), [finding]
    except UNREADABLE as exc:
        sentence = f"{type(exc).__name__}: {exc}"[:300]
        finding = Finding(str(wallet_id), AuditFinding.UNREADABLE, "wallet", sentence)
        return Anchor(str(wallet_id), seq=0, hash="", balance=0), [finding]


def _audit_readable(
    wallet_id: ObjectId, *, full: bool, night: date | None, now: datetime
) -> tuple[Anchor, list[Finding]]:
    state = _read_state(wallet_id)
    wallet, first_open = state.wallet, state.first_open
    earlier = _find_checkpoint(wallet_id)
    full = full or (night is not None and _is_due(wallet_id, earlier, night, now))
    checkpoint = None if full or (earlier and earlier.has_fault) else earlier
    findings = list(islice(_find_faults(state, earlier, checkpoint), _MAX_FINDINGS))
    anchor = Anchor(
        wallet=str(wallet_id),
        seq=wallet.entry_seq,
        hash=wallet.entry_hash,
        balance=wallet.balance,
        owner=str(wallet.user_id),
        transaction_number=wallet.transaction_number,
        transaction_seal=wallet.transaction_seal,
    )
    if findings:
        AuditCheckpoint.objects(pk=wallet_id).update_one(set__has_fault=True)
    else:
        read_whole_at = now if checkpoint is None else checkpoint.read_whole_at
        _store_checkpoint(wallet, first_open, read_whole_at, now)
    return anchor, findings


def _find_faults(
    state: _State, earlier: AuditCheckpoint | None, checkpoint: AuditCheckpoint | None
) -> Iterator[Finding]:
    """Walk the books from the checkpoint on, and compare what must agree."""
    wallet, chain = state.wallet, chain_at(checkpoint)
    if earlier:
        yield from _against_earlier(wallet, earlier)
    if checkpoint:
        yield from compare_checkpoint(wallet.pk, checkpoint)
    yield from walk(wallet, chain)
    yield from compare_wallet(wallet, chain, state.held)
    yield from check_transactions(wallet, checkpoint)
    yield from _beyond(state)
    yield from _owner(wallet)
    yield from check_named(wallet, checkpoint)


@atomic
def _read_state(wallet_id: ObjectId) -> _State:
    wallet = Wallet.objects.get(pk=wallet_id)
    pending = list(Transaction.objects(user_id=wallet.user_id, status=TransactionStatus.PENDING))
    frozen = Transaction.objects(
        user_id=wallet.user_id, frozen__gt=0, status__ne=TransactionStatus.PENDING
    )
    held = rules.held_kobo([*pending, *frozen])
    beyond = Transaction.objects(user_id=wallet.user_id, number__gt=wallet.transaction_number)
    return _State(
        wallet=wallet,
        held=held,
        first_open=min([wallet.transaction_number + 1, *(row.number for row in pending)]),
        beyond=beyond.only("reference", "number").first(),
        entry_beyond=LedgerEntry.objects(wallet=wallet.pk, seq__gt=wallet.entry_seq).first(),
    )


def _find_checkpoint(wallet_id: ObjectId) -> AuditCheckpoint | None:
    """None also for a checkpoint of an earlier version, which lacks what this one starts from."""
    checkpoint = AuditCheckpoint.objects(pk=wallet_id).first()
    return checkpoint if checkpoint is not None and checkpoint.user_id is not None else None


def _store_checkpoint(
    wallet: Wallet, first_open: int, read_whole_at: datetime | None, now: datetime
) -> None:
    AuditCheckpoint.objects(pk=wallet.pk).update_one(
        upsert=True,
        set__seq=wallet.entry_seq,
        set__hash=wallet.entry_hash,
        set__balance=wallet.balance,
        set__owed=wallet.owed,
        set__user_id=wallet.user_id,
        set__transaction_number=wallet.transaction_number,
        set__transaction_seal=wallet.transaction_seal,
        set__first_open=first_open,
        set__audited_at=now,
        set__read_whole_at=read_whole_at,
        unset__has_fault=1,
    )


def is_turn(wallet_id: ObjectId, night: date) -> bool:
    """True on one of any seven nights in a row: then the nightly audit reads the whole wallet."""
    return (zlib.crc32(wallet_id.binary) + night.toordinal()) % _NIGHTS == 0


def _is_due(
    wallet_id: ObjectId, earlier: AuditCheckpoint | None, night: date, now: datetime
) -> bool:
    """Whether it is the wallet's turn, or its turn passed without an audit."""
    read_at = earlier.read_whole_at if earlier else None
    is_missed = read_at is not None and now - read_at > timedelta(days=_NIGHTS)
    return is_missed or is_turn(wallet_id, night)


def _owner(wallet: Wallet) -> Iterator[Finding]:
    """The wallet's customer exists and has no other wallet."""
    name = str(wallet.pk)
    if wallet.pk == HOUSE:  # it has no customer
        return
    if not User.objects.filter(pk=wallet.user_id).exists():
        sentence = f"There is no user {wallet.user_id}."
        yield Finding(name, AuditFinding.OWNER_MISSING, "wallet", sentence)
    other = Wallet.objects(user_id=wallet.user_id, pk__ne=wallet.pk).only("pk").first()
    if other is not None:
        sentence = f"The wallet {other.pk} names the user {wallet.user_id} too."
        yield Finding(name, AuditFinding.OWNER_TWICE, "wallet", sentence)


def _against_earlier(wallet: Wallet, earlier: AuditCheckpoint) -> Iterator[Finding]:
    """What can only be seen by comparing with an earlier audit, also with a full one."""
    name, day = str(wallet.pk), f"{earlier.audited_at:%Y-%m-%d}"
    if wallet.user_id != earlier.user_id:
        sentence = f"It belonged to the user {earlier.user_id} when it was audited at {day}."
        yield Finding(name, AuditFinding.OWNER_CHANGED, "wallet", sentence)
    if wallet.transaction_number < earlier.transaction_number:
        missing = f"number {wallet.transaction_number + 1} to {earlier.transaction_number}"
        sentence = f"They were there when the wallet was audited at {day}."
        yield Finding(name, AuditFinding.TRANSACTION_MISSING, missing, sentence)
    if wallet.entry_seq < earlier.seq:
        missing = f"#{wallet.entry_seq + 1} to #{earlier.seq}"
        sentence = f"They were there when the wallet was audited at {day}."
        yield Finding(name, AuditFinding.ENTRY_MISSING, missing, sentence)


def _beyond(state: _State) -> Iterator[Finding]:
    if state.beyond is not None:
        yield Finding(
            str(state.wallet.pk), AuditFinding.SEAL_BROKEN, state.beyond.reference,
            f"Its number {state.beyond.number} is beyond the wallet's latest transaction.",
        )  # fmt: skip
    if state.entry_beyond is not None:
        yield Finding(
            str(state.wallet.pk), AuditFinding.HEAD_DIFFERS, f"#{state.entry_beyond.seq}",
            f"The wallet names #{state.wallet.entry_seq} as its latest entry.",
        )  # fmt: skip
