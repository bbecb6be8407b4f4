"""Settlement: the books follow the vendor.

Every answer of a vendor's API is recorded as a vendor object. From all objects of a transaction
its flow computes, with a pure function, what the books should say; the difference is booked. So
the same facts in any order, any number of times, end in the same books.

    PENDING ──► SUCCESS ──► REVERSALs, in either direction, each visible to the customer
       └──────► FAILED ───► SUCCESS, if the vendor moved the money after all
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import cast

from payflow.kernel.db import atomic, on_failure
from payflow.kernel.documents import update_one
from payflow.kernel.errors import InvariantBroken
from payflow.kernel.references import new_reference
from wallets import debts, flows, freezes
from wallets.ledger import holds, postings, transitions
from wallets.ledger.debits import get_hold_kobo
from wallets.ledger.documents import (
    REVERSAL,
    Change,
    ChangeSource,
    LedgerEntry,
    LockOwner,
    Transaction,
    TransactionStatus,
    Wallet,
)
from wallets.ledger.locks import lock_wallet
from wallets.ledger.signals import announce_on_commit
from wallets.ledger.targets import (
    Posting,
    Target,
    booked_postings,
    customer_kobo,
    difference,
)
from wallets.ledger.vendor_objects import (
    SENT,
    Fact,
    VendorObject,
    find_object,
    in_order,
    objects_of,
    record,
)
from wallets.rechecks import WaitingCase, ask_contested_at, next_recheck
from wallets.review.kinds import CaseKind
from wallets.review.services import (
    SETTLEMENT,
    close_gone_cases,
    open_case,
    open_case_about,
)


class SettlementCase(CaseKind):
    BOOKS_BROKEN = (
        "books_broken",
        "The books contradict themselves. Nothing was booked, and the wallet is locked.",
    )


@atomic
def apply_facts(
    transaction: Transaction,
    facts: Sequence[Fact],
    *,
    source: ChangeSource,
    asked_at: datetime,
    now: datetime,
) -> Transaction:
    """Record what the vendor said about the transaction when it was asked, and settle it.

    Returns the transaction as it is afterwards. What is known already was settled in the same
    block, so repeating it changes nothing.
    """
    on_failure(partial(_report_broken, transaction, now))
    objects = {(each.kind, each.vendor_id): each for each in objects_of(transaction.reference)}
    is_news = False
    is_first = all(each.status == SENT for each in objects.values())
    for fact in facts:
        key = (fact.kind, fact.vendor_id)
        known = objects.get(key) or find_object(fact.vendor, fact.kind, fact.vendor_id)
        recorded, is_fresh = record(
            fact, known, transaction=transaction.reference, source=source, asked_at=asked_at
        )
        if recorded.transaction == transaction.reference:
            objects[key], is_news = recorded, is_news or is_fresh
        elif is_fresh:
            _settle_holder(recorded, source=source, now=now)
    if not is_news:
        return transaction
    return settle(
        transaction, in_order(objects.values()), is_first=is_first, source=source, now=now
    )


def _settle_holder(recorded: VendorObject, *, source: ChangeSource, now: datetime) -> None:
    """Staff gave the object to another transaction than the one that the vendor names."""
    holder = Transaction.objects(reference=recorded.transaction).first()
    if holder is None:
        raise InvariantBroken(f"vendor object {recorded.vendor_id} belongs to no transaction")
    settle(holder, objects_of(holder.reference), source=source, now=now)


def _report_broken(transaction: Transaction, now: datetime, error: Exception) -> None:
    """Books that contradict themselves are not corrected: a person looks, and nothing leaves."""
    if not isinstance(error, InvariantBroken):
        return
    evidence: dict[str, object] = {"error": str(error), "transaction": transaction.reference}
    open_case_about(
        f"wallet:{transaction.wallet}",
        SettlementCase.BOOKS_BROKEN,
        vendor_id=transaction.reference,
        evidence=evidence,
        returns=True,
        now=now,
    )
    lock_wallet(
        wallet_id=transaction.wallet,
        reason="The books contradict themselves.",
        owner=LockOwner.AUDIT,
        by=SETTLEMENT,
        now=now,
    )


@atomic
def settle(
    transaction: Transaction,
    objects: Sequence[VendorObject],
    *,
    is_first: bool = False,
    given_back: str | None = None,
    source: ChangeSource,
    now: datetime,
) -> Transaction:
    """Book the difference between what the vendor objects add up to and what is booked already.

    States: PENDING -> SUCCESS | FAILED, FAILED -> SUCCESS; a later difference that concerns the
    customer is a REVERSAL. `is_first`: the vendor has said nothing about the transaction
    before, so nothing is booked. `given_back`: what a REVERSAL that gives money tells the
    customer, if it is not the vendor's doing.
    """
    flow = flows.get_flow(transaction.type)
    target = flow.target(transaction, objects)
    if given_back:
        target = replace(target, given_back=given_back)
    has_entries = not (is_first and transaction.status is TransactionStatus.PENDING)
    booked = read_booked(transaction, flow) if has_entries else []
    to = _next_status(transaction, target)
    first = target.first if to is TransactionStatus.SUCCESS else ()
    due = difference(target.final, [*booked, *first])
    own = [*first, *(each for each in due if not each.customer_kobo)]
    if to is not None:
        contested = any(each.claimed for each in objects)
        _move(transaction, to, target, own, source, now, is_contested=contested)
    elif own:
        postings.post(transaction.wallet, reference=transaction.reference, postings=own, at=now)
    due_to_customer = [each for each in due if each.customer_kobo]
    has_changed = _freeze_or_reverse(transaction, target, due_to_customer, source, now)
    if to is None and not has_changed:
        _write_without_change(transaction)
    _update_cases(transaction, target, flow, now)
    return transaction


def _write_without_change(transaction: Transaction) -> None:
    """Two blocks about one transaction must collide, so that the later one sees all objects.

    Each reads what the other has not committed yet, and would compute half a target.
    """
    update_one(Transaction, {"_id": transaction.pk}, {"$inc": {"weighed": 1}})


def read_booked(transaction: Transaction, flow: flows.MoneyFlow) -> list[Posting]:
    """What the transaction and the REVERSALs that follow it have booked."""
    linked = Transaction.objects(reverses=transaction.reference).only("reference")
    references = [transaction.reference, *(each.reference for each in linked)]
    entries = list(LedgerEntry.objects(transaction__in=references))
    for entry in entries:
        if postings.hash_entry(entry) != entry.hash:
            raise InvariantBroken(f"entry {entry.seq} of wallet {entry.wallet} was changed")
    return booked_postings(entries, transaction.wallet, flow.renamed_accounts)


def _next_status(transaction: Transaction, target: Target) -> TransactionStatus | None:
    """The status to move to; None if it stays. A SUCCESS stays one: REVERSALs undo it."""
    allowed = transitions.statuses_before(transaction.type, target.status) if target.status else ()
    return target.status if transaction.status in allowed else None


def _move(
    transaction: Transaction,
    to: TransactionStatus,
    target: Target,
    own: Sequence[Posting],
    source: ChangeSource,
    now: datetime,
    *,
    is_contested: bool,
) -> None:
    """Move the status, spend or give back the hold, and book the transaction's own postings."""
    is_debit = not flows.is_credit(transaction.type)
    is_held = is_debit and transaction.status is TransactionStatus.PENDING
    hold_kobo = get_hold_kobo(transaction) if is_held else 0
    captures = hold_kobo if to is TransactionStatus.SUCCESS else 0
    repaid = False
    if hold_kobo and not captures:
        repaid = debts.give_back(transaction, hold_kobo, now)
    wallet = None
    if own:
        wallet = postings.post(
            transaction.wallet,
            reference=transaction.reference,
            postings=own,
            captures=captures,
            at=now,
        )
    elif captures:
        raise InvariantBroken(f"{transaction.reference} would end without its postings")
    fields = dict(target.fields)
    if target.vendor_id:
        fields["vendor_id"] = target.vendor_id
    if target.vendor_reason:
        fields["vendor_reason"] = target.vendor_reason[:300]
    transitions.move(
        transaction,
        to=to,
        source=source,
        at=now,
        reason=target.reason and debts.say_where(target.reason, repaid=repaid),
        balance=wallet.balance if wallet and to is TransactionStatus.SUCCESS else None,
        recheck_at=next_recheck(transaction, ended_at=now, now=now),
        next_check_at=ask_contested_at(now) if is_contested else None,
        **fields,
    )
    flow = flows.get_flow(transaction.type)
    if is_held and to is TransactionStatus.FAILED:
        flow.on_given_back(transaction)
    elif is_debit and not is_held:
        flow.on_taken_again(transaction)
    if wallet is not None:
        debts.note(wallet, now)
        freezes.freeze_what_came(wallet.pk, now, wallet)
    announce_on_commit(transaction)


def _freeze_or_reverse(
    transaction: Transaction,
    target: Target,
    due: Sequence[Posting],
    source: ChangeSource,
    now: datetime,
) -> bool:
    """Book what the vendor changed afterwards, and freeze what it may still take.

    True if the transaction is another one than before.
    """
    thawed = max(int(transaction.frozen or 0) - target.frozen_kobo, 0)
    if due:
        _reverse(transaction, target, due, thawed, source, now)
    elif thawed:
        holds.release_hold(transaction.wallet, amount_kobo=thawed, at=now)
    is_frozen_anew = freezes.freeze(
        transaction, wanted_kobo=target.frozen_kobo, thawed_kobo=thawed, now=now
    )
    if thawed:
        debts.repay(transaction, now)
    if due or thawed:
        freezes.freeze_what_came(transaction.wallet, now)
    return bool(due) or is_frozen_anew


def _reverse(
    transaction: Transaction,
    target: Target,
    due: Sequence[Posting],
    captures: int,
    source: ChangeSource,
    now: datetime,
) -> None:
    """Record a REVERSAL, in either direction, and say so on the transaction that it changes."""
    if transaction.status is not TransactionStatus.SUCCESS:
        raise InvariantBroken(f"{transaction.reference} is {transaction.status} and has entries")
    kobo = customer_kobo(due)
    wallet = Wallet.objects(pk=transaction.wallet).first()
    reversal = Transaction(
        reference=new_reference("REV"),
        wallet=wallet.pk,
        user_id=transaction.user_id,
        type=REVERSAL,
        status=TransactionStatus.SUCCESS,
        amount=abs(kobo),
        currency=wallet.currency,
        reverses=transaction.reference,
        vendor=transaction.vendor,
        vendor_id=transaction.vendor_id,
        details={"reverses": transaction.reference, "direction": "in" if kobo > 0 else "out"},
    )
    holds.take_number(wallet, reversal, now=now)
    reversal.completed_at = reversal.created_at
    wallet = postings.post(
        wallet.pk, reference=reversal.reference, postings=due, captures=captures, at=now
    )
    reason = target.given_back if kobo > 0 else target.taken_back
    reversal.reason = reason = debts.say_where(reason, repaid=kobo > 0 and wallet.owed_before > 0)
    reversal.history = [
        Change(
            status=TransactionStatus.SUCCESS,
            reason=reason,
            source=source,
            at=reversal.created_at,
            balance=wallet.balance,
        )
    ]
    reversal.save(force_insert=True)
    transitions.note_reversal(
        transaction, kobo=kobo, reason=reason, source=source, at=now, balance=wallet.balance
    )
    debts.note(wallet, now)
    flow = flows.get_flow(transaction.type)
    if not flow.is_credit:
        (flow.on_given_back if kobo > 0 else flow.on_taken_again)(transaction)
    announce_on_commit(reversal)
    announce_on_commit(transaction)


def _update_cases(
    transaction: Transaction, target: Target, flow: flows.MoneyFlow, now: datetime
) -> None:
    """Open a case for each finding, and close those whose finding is gone."""
    for each in target.findings:
        evidence = dict(each.evidence)
        if each.due_at:
            evidence["due_at"] = each.due_at.isoformat()
        open_case(
            cast(CaseKind, each.kind),
            transaction,
            vendor_id=each.vendor_id,
            evidence=evidence,
            now=now,
        )
    if transaction.needs_review:
        is_pending = transaction.status is TransactionStatus.PENDING
        ended = set() if is_pending else {WaitingCase.PENDING_FOR_A_DAY.word}
        close_gone_cases(
            transaction.reference,
            among=flow.finding_words | ended,
            kept={(each.kind.word, each.vendor_id) for each in target.findings},
            now=now,
        )
