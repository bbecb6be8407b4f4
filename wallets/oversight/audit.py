"""The audit: every wallet's books are walked again from the documents, and each fault is named.

The walk writes nothing but its marks, which let the next run begin where this one ended. Wallets
move while they are audited: a chain is walked up to the head that was read first, and what
must fit together is read in one snapshot.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId
from mongoengine import QuerySet

from payflow.kernel.db import atomic
from payflow.kernel.money import to_naira_text
from wallets.ledger import locks
from wallets.ledger.chart import wallet_account
from wallets.ledger.documents import (
    LedgerEntry,
    Transaction,
    TransactionStatus,
    TransactionType,
    Wallet,
)
from wallets.ledger.postings import entry_hash
from wallets.oversight.documents import AuditCheckpoint
from wallets.review.services import open_case_about

# So many rows are in hand at once, however long a history is.
_BATCH = 500


@dataclass(frozen=True)
class Finding:
    """One fault: whose wallet, what kind, which entry or transaction, and a sentence."""

    wallet: str
    kind: str
    where: str
    sentence: str


@dataclass(frozen=True)
class Head:
    """Where a wallet's chain ended when it was audited. Balance in kobo."""

    wallet: str
    seq: int
    hash: str
    balance: int


@dataclass
class _Chain:
    """How far the walk has come."""

    seq: int = 0
    hash: str = ""
    balance: int = 0


def wallet_ids(*, after: ObjectId | None = None) -> Iterator[ObjectId]:
    """Every wallet there is now, in the order of their ids, from the one behind `after` on."""
    for row in _wallets(after).order_by("pk").only("pk").no_cache():
        yield row.pk


def count_wallets(*, after: ObjectId | None = None) -> int:
    """How many wallet_ids() will name."""
    return int(_wallets(after).count())


def _wallets(after: ObjectId | None) -> QuerySet[Wallet]:
    return Wallet.objects(pk__gt=after) if after else Wallet.objects()


def audit_wallet(wallet_id: ObjectId, *, full: bool, now: datetime) -> tuple[Head, list[Finding]]:
    """The head that was reached, and what is wrong below it.

    full: from the first entry; otherwise from the mark of the last clean audit, whose own
    entry must still be what it was. A clean audit leaves a new mark.
    """
    wallet, held, first_open = _state(wallet_id)
    name = str(wallet_id)
    mark = None if full else AuditCheckpoint.objects(pk=wallet_id).first()
    chain = _Chain(mark.seq, mark.hash, mark.balance) if mark else _Chain()
    findings = list(_at_mark(wallet_id, mark)) if mark else []
    findings += _walk(wallet, chain)
    findings += _against_head(wallet, chain, held)
    findings += _transactions(wallet, since=mark.first_open if mark else 1)
    if not mark:
        findings += _orphans(wallet)
    head = Head(name, wallet.entry_seq, wallet.entry_hash, wallet.balance)
    if not findings:
        _leave_mark(wallet, first_open, now)
    return head, findings


@atomic
def _state(wallet_id: ObjectId) -> tuple[Wallet, int, int]:
    """In one snapshot: the wallet, what its PENDING debits hold, the oldest number still open."""
    wallet = Wallet.objects.get(pk=wallet_id)
    pending = list(Transaction.objects(user_id=wallet.user_id, status=TransactionStatus.PENDING))
    held = sum(row.amount + row.fee for row in pending if row.type is not TransactionType.FUNDING)
    return wallet, held, min([wallet.transaction_number + 1, *(row.number for row in pending)])


def _at_mark(wallet_id: ObjectId, mark: AuditCheckpoint) -> Iterator[Finding]:
    if mark.seq == 0:
        return
    entry = LedgerEntry.objects(wallet=wallet_id, seq=mark.seq).first()
    if entry is None or entry.hash != mark.hash or entry_hash(entry) != mark.hash:
        yield Finding(
            str(wallet_id), "changed_since_audit", f"#{mark.seq}",
            f"It was another entry when the wallet was audited at {mark.audited_at:%Y-%m-%d}.",
        )  # fmt: skip


def _walk(wallet: Wallet, chain: _Chain) -> Iterator[Finding]:
    """Each entry against the one before it, up to the wallet's head."""
    account, name = wallet_account(wallet.pk), str(wallet.pk)
    for low in range(chain.seq + 1, wallet.entry_seq + 1, _BATCH):
        high = min(low + _BATCH - 1, wallet.entry_seq)
        rows = LedgerEntry.objects(wallet=wallet.pk, seq__gte=low, seq__lte=high)
        for entry in rows.order_by("seq"):
            where = f"#{entry.seq} of {entry.transaction}"
            if entry.seq != chain.seq + 1:
                missing = f"#{chain.seq + 1} to #{entry.seq - 1}"
                yield Finding(name, "entry_missing", missing, "Nothing has these numbers.")
            elif entry.prev_hash != chain.hash:
                yield Finding(name, "chain_broken", where, "It does not follow the one before.")
            if entry_hash(entry) != entry.hash:
                yield Finding(name, "entry_changed", where, "Its fields are not what it says.")
            sign = 1 if entry.credit_account == account else -1
            if entry.balance_after != chain.balance + sign * entry.amount:
                yield Finding(
                    name, "balance_wrong", where,
                    f"It says {to_naira_text(entry.balance_after)} after "
                    f"{to_naira_text(chain.balance)} and {to_naira_text(sign * entry.amount)}.",
                )  # fmt: skip
            # From here on by its own word: one fault is told once.
            chain.seq, chain.hash, chain.balance = entry.seq, entry.hash, entry.balance_after


def _against_head(wallet: Wallet, chain: _Chain, held: int) -> Iterator[Finding]:
    name = str(wallet.pk)
    if chain.seq != wallet.entry_seq:
        missing = f"#{chain.seq + 1} to #{wallet.entry_seq}"
        yield Finding(name, "entry_missing", missing, "The wallet's head is beyond the last entry.")
    elif chain.hash != wallet.entry_hash:
        yield Finding(name, "head_differs", f"#{chain.seq}", "The wallet names another last entry.")
    if chain.balance != wallet.balance:
        yield Finding(
            name, "balance_differs", "wallet",
            f"It has {to_naira_text(wallet.balance)}, "
            f"its entries say {to_naira_text(chain.balance)}.",
        )  # fmt: skip
    if wallet.held != held:
        yield Finding(
            name, "held_differs", "wallet",
            f"It holds {to_naira_text(wallet.held)} for PENDING debits of {to_naira_text(held)}.",
        )  # fmt: skip
    if not 0 <= wallet.held <= wallet.balance:
        yield Finding(name, "overdrawn", "wallet", "More is held than is there.")


def _transactions(wallet: Wallet, *, since: int) -> Iterator[Finding]:
    """Each SUCCESS has exactly its entries, and everything else has none."""
    for low in range(since, wallet.transaction_number + 1, _BATCH):
        yield from _batch_of_transactions(
            wallet, low, min(low + _BATCH - 1, wallet.transaction_number)
        )


@atomic
def _batch_of_transactions(wallet: Wallet, low: int, high: int) -> list[Finding]:
    rows = list(Transaction.objects(user_id=wallet.user_id, number__gte=low, number__lte=high))
    booked: dict[str, int] = {row.reference: 0 for row in rows}
    for entry in LedgerEntry.objects(transaction__in=list(booked)).only("transaction", "amount"):
        booked[entry.transaction] += entry.amount
    findings = []
    for row in rows:
        due = row.amount + row.fee if row.status is TransactionStatus.SUCCESS else 0
        if booked[row.reference] != due:
            findings.append(
                Finding(
                    str(wallet.pk),
                    "entries_differ",
                    row.reference,
                    f"It is {row.status} of {to_naira_text(row.amount + row.fee)}, "
                    f"and {to_naira_text(booked[row.reference])} is booked.",
                )
            )
    return findings


def _orphans(wallet: Wallet) -> Iterator[Finding]:
    """Entries of no transaction of this customer's, and entries beyond the wallet's head."""
    for low in range(1, wallet.entry_seq + 1, _BATCH):
        rows = LedgerEntry.objects(wallet=wallet.pk, seq__gte=low, seq__lte=low + _BATCH - 1)
        named = {row.transaction: row.seq for row in rows.only("transaction", "seq")}
        known = Transaction.objects(reference__in=list(named)).only("reference", "wallet")
        ours = {row.reference for row in known if row.wallet == wallet.pk}
        for reference in sorted(set(named) - ours):
            where = f"#{named[reference]} of {reference}"
            yield Finding(str(wallet.pk), "orphan_entry", where, "No transaction has it.")


def _leave_mark(wallet: Wallet, first_open: int, now: datetime) -> None:
    AuditCheckpoint.objects(pk=wallet.pk).update_one(
        upsert=True,
        set__seq=wallet.entry_seq,
        set__hash=wallet.entry_hash,
        set__balance=wallet.balance,
        set__first_open=first_open,
        set__audited_at=now,
    )


def distrust(findings: list[Finding], *, now: datetime) -> None:
    """Each fault is a review case, and no new debit leaves a wallet that has one."""
    for each in findings:
        open_case_about(
            f"wallet:{each.wallet}",
            f"audit_{each.kind}",
            vendor_id=each.where,
            evidence={"sentence": each.sentence},
            now=now,
        )
    for wallet in {each.wallet for each in findings}:
        locks.lock_wallet(
            wallet_id=ObjectId(wallet),
            reason="The audit found a difference.",
            locked_by="audit",
            now=now,
        )


def account_totals() -> dict[str, int]:
    """What each account was credited, less what it was debited, in kobo; they add up to nothing.

    Customers' wallets are one line, `wallets`.
    """
    totals: dict[str, int] = {}
    for entry in LedgerEntry.objects.only("debit_account", "credit_account", "amount").no_cache():
        for account, kobo in (
            (entry.debit_account, -entry.amount),
            (entry.credit_account, entry.amount),
        ):
            name = "wallets" if account.startswith("wallet:") else account
            totals[name] = totals.get(name, 0) + kobo
    return totals
