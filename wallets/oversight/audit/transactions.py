"""A wallet's transactions: each seals the one before, and has the entries that it must have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from payflow.kernel.db import atomic
from wallets.ledger import seals
from wallets.ledger.documents import LedgerEntry, Transaction, Wallet
from wallets.oversight import rules
from wallets.oversight.audit import BATCH
from wallets.oversight.audit.findings import Finding
from wallets.oversight.documents import AuditCheckpoint
from wallets.review.audit_findings import AuditFinding


@dataclass
class _Sealed:
    """How far the audit has walked through the transactions. seal: None if it is not known."""

    number: int = 0
    seal: str | None = ""


def check_transactions(wallet: Wallet, checkpoint: AuditCheckpoint | None) -> Iterator[Finding]:
    """Each transaction follows the one before it, and has the entries that it must have."""
    name, newest = str(wallet.pk), int(wallet.transaction_number)
    walked = _sealed_at(checkpoint)
    for low in range(walked.number + 1, newest + 1, BATCH):
        high = min(low + BATCH - 1, newest)
        rows, findings = _batch_of_transactions(wallet, low, high)
        for row in rows:
            yield from _against_seal(name, row, walked)
            if checkpoint and row.number == checkpoint.transaction_number:
                yield from _against_checkpoint_seal(name, row, checkpoint)
            walked.number, walked.seal = row.number, row.seal
        yield from findings
    if walked.number < newest:
        yield _missing_transactions(name, walked.number + 1, newest)
    elif walked.seal is not None and walked.seal != wallet.transaction_seal:
        sentence = "The wallet names another seal for its latest transaction."
        yield Finding(name, AuditFinding.SEAL_BROKEN, f"number {newest}", sentence)


def _sealed_at(checkpoint: AuditCheckpoint | None) -> _Sealed:
    """Begins before the oldest transaction that was PENDING at the checkpoint."""
    if checkpoint is None or checkpoint.first_open <= 1:
        return _Sealed()
    is_newest = checkpoint.first_open == checkpoint.transaction_number + 1
    return _Sealed(checkpoint.first_open - 1, checkpoint.transaction_seal if is_newest else None)


def _against_seal(name: str, row: Transaction, walked: _Sealed) -> Iterator[Finding]:
    if row.number != walked.number + 1:
        yield _missing_transactions(name, walked.number + 1, row.number - 1)
    elif walked.seal is not None and row.prev_seal != walked.seal:
        sentence = "Its seal does not contain the seal of the transaction before it."
        yield Finding(name, AuditFinding.SEAL_BROKEN, row.reference, sentence)
    if str(row.wallet) != name or seals.compute(row) != row.seal:
        sentence = "Its fields do not match its seal."
        yield Finding(name, AuditFinding.SEAL_BROKEN, row.reference, sentence)


def _against_checkpoint_seal(
    name: str, row: Transaction, checkpoint: AuditCheckpoint
) -> Iterator[Finding]:
    if row.seal != checkpoint.transaction_seal:
        day = f"{checkpoint.audited_at:%Y-%m-%d}"
        sentence = f"It had another seal when the wallet was audited at {day}."
        yield Finding(name, AuditFinding.CHANGED_SINCE_AUDIT, row.reference, sentence)


def _missing_transactions(name: str, first: int, last: int) -> Finding:
    sentence = "No transaction has these numbers."
    where = f"number {first} to {last}" if last > first else f"number {first}"
    return Finding(name, AuditFinding.TRANSACTION_MISSING, where, sentence)


@atomic
def _batch_of_transactions(
    wallet: Wallet, low: int, high: int
) -> tuple[list[Transaction], list[Finding]]:
    """The transactions with these numbers in order, and what is wrong with their entries."""
    found = Transaction.objects(user_id=wallet.user_id, number__gte=low, number__lte=high)
    rows = sorted(found, key=lambda row: row.number)
    booked: dict[str, list[LedgerEntry]] = {row.reference: [] for row in rows}
    for entry in LedgerEntry.objects(transaction__in=list(booked)):
        booked[entry.transaction].append(entry)
    return rows, [fault for row in rows for fault in _judge(wallet, row, booked[row.reference])]


def _judge(wallet: Wallet, row: Transaction, entries: list[LedgerEntry]) -> Iterator[Finding]:
    """What is wrong with the entries of one transaction."""
    name = str(wallet.pk)
    if fault := rules.find_sum_fault(row, entries):
        yield Finding(name, AuditFinding.ENTRIES_DIFFER, row.reference, fault)
    for entry in entries:
        where = f"#{entry.seq} of {entry.transaction}"
        if entry.wallet != wallet.pk:
            sentence = f"It is in the chain of the wallet {entry.wallet}."
            yield Finding(name, AuditFinding.ORPHAN_ENTRY, where, sentence)
        elif fault := rules.find_account_fault(row, entry):
            yield Finding(name, AuditFinding.ACCOUNT_WRONG, where, fault)


def check_named(wallet: Wallet, checkpoint: AuditCheckpoint | None) -> Iterator[Finding]:
    """The transaction of each entry since the checkpoint exists, and is this wallet's.

    One before the oldest that was PENDING at the checkpoint, which check_transactions() does not
    see, is compared here: a FAILED one may have become a SUCCESS.
    """
    first_seq, first_number = (checkpoint.seq + 1, checkpoint.first_open) if checkpoint else (1, 1)
    for low in range(first_seq, wallet.entry_seq + 1, BATCH):
        yield from _orphans(wallet, low)
        yield from _old_transactions(wallet, low, first_number)


@atomic
def _old_transactions(wallet: Wallet, low: int, first_number: int) -> list[Finding]:
    if first_number <= 1:  # each was compared already
        return []
    high = min(low + BATCH - 1, wallet.entry_seq)
    batch = LedgerEntry.objects(wallet=wallet.pk, seq__gte=low, seq__lte=high)
    named = {row.transaction for row in batch.only("transaction")}
    old = Transaction.objects(reference__in=list(named), number__lt=first_number)
    rows = [row for row in old if row.wallet == wallet.pk]
    booked: dict[str, list[LedgerEntry]] = {row.reference: [] for row in rows}
    for entry in LedgerEntry.objects(transaction__in=list(booked)):
        booked[entry.transaction].append(entry)
    return [fault for row in rows for fault in _judge(wallet, row, booked[row.reference])]


def _orphans(wallet: Wallet, first: int) -> Iterator[Finding]:
    """Entries of one batch whose transaction does not exist or belongs to another wallet."""
    rows = LedgerEntry.objects(wallet=wallet.pk, seq__gte=first, seq__lte=first + BATCH - 1)
    named = {row.transaction: row.seq for row in rows.only("transaction", "seq")}
    known = list(
        Transaction.objects(reference__in=list(named)).only("reference", "wallet", "user_id")
    )
    ours = {row.reference for row in known if row.wallet == wallet.pk}
    for reference in sorted(set(named) - ours):
        where = f"#{named[reference]} of {reference}"
        sentence = "No transaction of this wallet has this reference."
        yield Finding(str(wallet.pk), AuditFinding.ORPHAN_ENTRY, where, sentence)
    for row in known:
        if row.wallet == wallet.pk and row.user_id != wallet.user_id:
            sentence = f"{row.reference} belongs to the user {row.user_id}."
            yield Finding(str(wallet.pk), AuditFinding.OWNER_CHANGED, "wallet", sentence)
            return
