"""The audit: each wallet's books are computed again from the documents, and each fault is named.

The audit writes nothing but its checkpoints, from which the next run goes on. Wallets change
while they are audited. So a chain is walked up to the entry that was its latest at the start,
and what must agree is read in one snapshot.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from bson import ObjectId
from mongoengine import QuerySet
from mongoengine.errors import (
    FieldDoesNotExist,
    InvalidDocumentError,
    NotRegistered,
    ValidationError,
)

from accounts.models import User
from accounts.roles import Role
from payflow.kernel.db import atomic
from payflow.kernel.money import NGN, to_naira_text
from wallets.errors import WalletNotFound
from wallets.house import HOUSE
from wallets.ledger import locks, seals
from wallets.ledger.chart import receivable_account, wallet_account
from wallets.ledger.documents import (
    LedgerEntry,
    LockOwner,
    Transaction,
    TransactionStatus,
    Wallet,
)
from wallets.ledger.postings import hash_entry
from wallets.oversight import rules
from wallets.oversight.documents import AuditCheckpoint
from wallets.review.audit_findings import AuditFinding
from wallets.review.services import open_case_about

# How many rows are in memory together, however long a history is.
_BATCH = 500
# What a stored document raises that has a field, a type or a value which it cannot have.
_UNREADABLE = (
    FieldDoesNotExist,
    InvalidDocumentError,
    NotRegistered,
    ValidationError,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
# Within this many nights the nightly audit reads every wallet from its first entry.
_NIGHTS = 7
# One wallet that is broken throughout must not bury the others.
_MAX_FINDINGS = 100


@dataclass(frozen=True)
class Finding:
    """One fault: its wallet, its kind, its entry or transaction, and a sentence."""

    wallet: str  # its id; empty if the wallet of a customer is gone and its id is not known
    kind: AuditFinding
    where: str
    sentence: str

    @property
    def subject(self) -> str:
        """What a review case about it is about."""
        return f"wallet:{self.wallet}" if self.wallet else self.where


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


@dataclass
class _Chain:
    """How far the audit has walked."""

    seq: int = 0
    hash: str = ""
    balance: int = 0
    owed: int = 0


@dataclass
class _Sealed:
    """How far the audit has walked through the transactions. seal: None if it is not known."""

    number: int = 0
    seal: str | None = ""


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
    except _UNREADABLE as exc:
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
    wallet, chain = state.wallet, _chain_at(checkpoint)
    if earlier:
        yield from _against_earlier(wallet, earlier)
    if checkpoint:
        yield from _at_checkpoint(wallet.pk, checkpoint)
    yield from _walk(wallet, chain)
    yield from _against_wallet(wallet, chain, state.held)
    yield from _transactions(wallet, checkpoint)
    yield from _beyond(state)
    yield from _owner(wallet)
    yield from _named_by_entries(wallet, checkpoint)


def _find_checkpoint(wallet_id: ObjectId) -> AuditCheckpoint | None:
    """None also for a checkpoint of an earlier version, which lacks what this one starts from."""
    checkpoint = AuditCheckpoint.objects(pk=wallet_id).first()
    return checkpoint if checkpoint is not None and checkpoint.user_id is not None else None


def _chain_at(checkpoint: AuditCheckpoint | None) -> _Chain:
    if checkpoint is None:
        return _Chain()
    return _Chain(checkpoint.seq, checkpoint.hash, checkpoint.balance, checkpoint.owed)


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


def _at_checkpoint(wallet_id: ObjectId, checkpoint: AuditCheckpoint) -> Iterator[Finding]:
    if checkpoint.seq == 0:
        return
    entry = LedgerEntry.objects(wallet=wallet_id, seq=checkpoint.seq).first()
    expected = checkpoint.hash
    if entry is None or entry.hash != expected or hash_entry(entry) != expected:
        yield Finding(
            str(wallet_id), AuditFinding.CHANGED_SINCE_AUDIT, f"#{checkpoint.seq}",
            f"It was another entry when the wallet was audited at "
            f"{checkpoint.audited_at:%Y-%m-%d}.",
        )  # fmt: skip


def _walk(wallet: Wallet, chain: _Chain) -> Iterator[Finding]:
    """Compare each entry with the one before it, up to the wallet's latest entry."""
    account, debt, name = wallet_account(wallet.pk), receivable_account(wallet.pk), str(wallet.pk)
    for low in range(chain.seq + 1, wallet.entry_seq + 1, _BATCH):
        high = min(low + _BATCH - 1, wallet.entry_seq)
        rows = LedgerEntry.objects(wallet=wallet.pk, seq__gte=low, seq__lte=high)
        for entry in rows.order_by("seq"):
            where = f"#{entry.seq} of {entry.transaction}"
            if entry.seq != chain.seq + 1:
                missing = f"#{chain.seq + 1} to #{entry.seq - 1}"
                yield Finding(
                    name, AuditFinding.ENTRY_MISSING, missing, "No entry has these numbers."
                )
            elif entry.prev_hash != chain.hash:
                yield Finding(
                    name, AuditFinding.CHAIN_BROKEN, where, "It does not follow the one before."
                )
            if hash_entry(entry) != entry.hash:
                yield Finding(
                    name, AuditFinding.ENTRY_CHANGED, where, "Its fields do not match its hash."
                )
            sign = (entry.credit_account == account) - (entry.debit_account == account)
            if entry.balance_after != chain.balance + sign * entry.amount:
                yield Finding(
                    name, AuditFinding.BALANCE_WRONG, where,
                    f"It says {to_naira_text(entry.balance_after)} after "
                    f"{to_naira_text(chain.balance)} and {to_naira_text(sign * entry.amount)}.",
                )  # fmt: skip
            chain.owed += entry.amount * (
                (entry.debit_account == debt) - (entry.credit_account == debt)
            )
            # Go on from what this entry says, so that one fault gives one finding.
            chain.seq, chain.hash, chain.balance = entry.seq, entry.hash, entry.balance_after


def _against_wallet(wallet: Wallet, chain: _Chain, held: int) -> Iterator[Finding]:
    """Compare the wallet with the end of its chain and with its PENDING debits."""
    name = str(wallet.pk)
    if chain.seq != wallet.entry_seq:
        missing = f"#{chain.seq + 1} to #{wallet.entry_seq}"
        sentence = "The wallet's latest entry is beyond the end of its chain."
        yield Finding(name, AuditFinding.ENTRY_MISSING, missing, sentence)
    elif chain.hash != wallet.entry_hash:
        sentence = "The wallet names another latest entry."
        yield Finding(name, AuditFinding.HEAD_DIFFERS, f"#{chain.seq}", sentence)
    if chain.balance != wallet.balance:
        yield Finding(
            name, AuditFinding.BALANCE_DIFFERS, "wallet",
            f"It has {to_naira_text(wallet.balance)}, "
            f"its entries say {to_naira_text(chain.balance)}.",
        )  # fmt: skip
    if chain.owed != wallet.owed or wallet.owed < 0:
        yield Finding(
            name, AuditFinding.OWED_DIFFERS, "wallet",
            f"It says that {to_naira_text(wallet.owed)} is owed, "
            f"its entries say {to_naira_text(chain.owed)}.",
        )  # fmt: skip
    if wallet.held != held:
        yield Finding(
            name, AuditFinding.HELD_DIFFERS, "wallet",
            f"It holds {to_naira_text(wallet.held)}, its PENDING debits and what is frozen need "
            f"{to_naira_text(held)}.",
        )  # fmt: skip
    if wallet.unfrozen and wallet.balance > wallet.held:
        yield Finding(
            name, AuditFinding.HELD_DIFFERS, "wallet",
            f"Disputes want {to_naira_text(wallet.unfrozen)} more, and it has "
            f"{to_naira_text(wallet.balance - wallet.held)} that is not frozen.",
        )  # fmt: skip
    if not 0 <= wallet.held <= wallet.balance:
        yield Finding(name, AuditFinding.OVERDRAWN, "wallet", "It holds more than its balance.")


def _transactions(wallet: Wallet, checkpoint: AuditCheckpoint | None) -> Iterator[Finding]:
    """Each transaction follows the one before it, and has the entries that it must have."""
    name, newest = str(wallet.pk), int(wallet.transaction_number)
    walked = _sealed_at(checkpoint)
    for low in range(walked.number + 1, newest + 1, _BATCH):
        high = min(low + _BATCH - 1, newest)
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


def _named_by_entries(wallet: Wallet, checkpoint: AuditCheckpoint | None) -> Iterator[Finding]:
    """The transaction of each entry since the checkpoint exists, and is this wallet's.

    One before the oldest that was PENDING at the checkpoint, which _transactions() does not see,
    is compared here: a FAILED one may have become a SUCCESS.
    """
    first_seq, first_number = (checkpoint.seq + 1, checkpoint.first_open) if checkpoint else (1, 1)
    for low in range(first_seq, wallet.entry_seq + 1, _BATCH):
        yield from _orphans(wallet, low)
        yield from _old_transactions(wallet, low, first_number)


@atomic
def _old_transactions(wallet: Wallet, low: int, first_number: int) -> list[Finding]:
    if first_number <= 1:  # each was compared already
        return []
    high = min(low + _BATCH - 1, wallet.entry_seq)
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
    rows = LedgerEntry.objects(wallet=wallet.pk, seq__gte=first, seq__lte=first + _BATCH - 1)
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


def lock_and_report(findings: list[Finding], *, now: datetime) -> None:
    """Open a review case for each finding, and lock each wallet that has one, if it can be."""
    for each in findings:
        open_case_about(
            each.subject,
            each.kind,
            vendor_id=each.where,
            evidence={"sentence": each.sentence},
            returns=True,
            now=now,
        )
    for wallet in {each.wallet for each in findings if each.wallet}:
        # A wallet that cannot be read is locked as it is: nothing else can read it either.
        with suppress(WalletNotFound, *_UNREADABLE):
            locks.lock_wallet(
                wallet_id=ObjectId(wallet),
                reason="The audit found a difference.",
                owner=LockOwner.AUDIT,
                by="audit",
                now=now,
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


def find_missing_wallets() -> Iterator[Finding]:
    """Wallets that are gone, and customers who have no wallet.

    A wallet is known by its audit and by its first entry. A customer and the wallet are created
    in one atomic block. Reads each list in batches.
    """
    reported: set[ObjectId] = set()  # users
    named: set[str] = set()  # their wallets
    for checkpoint in _checkpoints_without_wallet():
        reported.add(checkpoint.user_id)
        named.add(str(checkpoint.pk))
        day = f"{checkpoint.audited_at:%Y-%m-%d}"
        sentence = f"It was there when it was audited at {day}; its user is {checkpoint.user_id}."
        yield Finding(str(checkpoint.pk), AuditFinding.WALLET_MISSING, "wallet", sentence)
    for user_id in _customers_without_wallet():
        if user_id not in reported:
            known = Transaction.objects(user_id=user_id).only("wallet").first()
            named.add(str(known.wallet) if known else "")
            sentence = "This customer has no wallet."
            yield Finding(
                str(known.wallet) if known else "",
                AuditFinding.WALLET_MISSING,
                f"user:{user_id}",
                sentence,
            )
    for gone in map(str, _entries_without_wallet()):
        if gone not in named:
            sentence = "It has entries. It was never audited, and its user is gone too."
            yield Finding(gone, AuditFinding.WALLET_MISSING, "wallet", sentence)


def _checkpoints_without_wallet() -> Iterator[AuditCheckpoint]:
    after = ObjectId("0" * 24)  # the house's wallet, which begins with its first transaction
    while batch := list(AuditCheckpoint.objects(pk__gt=after).order_by("pk").limit(_BATCH)):
        there = Wallet.objects(pk__in=[each.pk for each in batch]).only("pk")
        found = {each.pk for each in there}
        yield from (each for each in batch if each.pk not in found)
        after = batch[-1].pk


def _entries_without_wallet() -> Iterator[ObjectId]:
    # With a bound on both of its fields the index is read from wallet to wallet.
    first = LedgerEntry.objects(wallet__gte=HOUSE, seq=1)
    rows = first.order_by("wallet").only("wallet").no_cache()
    ids = (row.wallet for row in rows)
    while batch := list(islice(ids, _BATCH)):
        found = {each.pk for each in Wallet.objects(pk__in=batch).only("pk")}
        yield from (each for each in batch if each not in found)


def _customers_without_wallet() -> Iterator[ObjectId]:
    # A former member of staff, whose role is customer now, has no wallet and is deactivated.
    customers = User.objects.filter(role=Role.CUSTOMER, is_active=True).order_by("pk")
    after = ObjectId("0" * 24)
    while batch := list(customers.filter(pk__gt=after).values_list("pk", flat=True)[:_BATCH]):
        found = {each.user_id for each in Wallet.objects(user_id__in=batch).only("user_id")}
        yield from (each for each in batch if each not in found)
        after = batch[-1]


def account_totals() -> dict[str, int]:
    """Each account's credits less its debits, in kobo. The sum over all accounts is 0.

    All customers' wallets together are one line, `wallets`, and all their debts `receivables`.
    An account in another currency than naira has the currency behind its name, and hundredths.
    """
    totals: dict[str, int] = {}
    fields = ("debit_account", "credit_account", "amount", "currency")
    for entry in LedgerEntry.objects.only(*fields).no_cache():
        for account, kobo in (
            (entry.debit_account, -entry.amount),
            (entry.credit_account, entry.amount),
        ):
            name = _total_name(account, entry.currency)
            totals[name] = totals.get(name, 0) + kobo
    return totals


def _total_name(account: str, currency: str) -> str:
    kind = account.partition(":")[0]
    name = {"wallet": "wallets", "receivable": "receivables"}.get(kind, account)
    return name if currency == NGN else f"{name} {currency}"
