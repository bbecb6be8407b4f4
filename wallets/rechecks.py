"""Asking again: after a transaction has ended, and while a webhook contradicts the API.

Vendors change their mind afterwards, and the webhook that says so may be lost.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from payflow.kernel.db import atomic
from wallets import flows
from wallets.ledger.documents import Transaction, TransactionStatus
from wallets.ledger.vendor_objects import ObjectKind, VendorObject, find_object, objects_of
from wallets.review.kinds import CaseKind
from wallets.review.services import open_case

# A transaction that has ended is asked about again this long after its end.
_RECHECKS_S = (3_600, 86_400, 3 * 86_400, 7 * 86_400)
# An object whose webhook and API contradict each other is asked about again.
_ASK_CONTESTED_S = 60
_CONTESTED_FOR = timedelta(days=1)


class WaitingCase(CaseKind):
    CONTESTED = (
        "contested",
        "A webhook claimed another final status than the vendor's API has had for a day.",
    )
    PENDING_FOR_A_DAY = (
        "pending_for_a_day",
        "The vendor has not decided within a day. The money stays held.",
    )


def ask_contested_at(now: datetime) -> datetime:
    """When to ask next about an object whose webhook and API contradict each other."""
    return now + flows.scale_wait(_ASK_CONTESTED_S)


@atomic
def note_claim(
    transaction: Transaction,
    *,
    vendor: str,
    kind: ObjectKind,
    vendor_id: str,
    claimed: str,
    now: datetime,
) -> None:
    """A webhook claims a final status that the API does not name: ask until they agree."""
    object_ = find_object(vendor, kind, vendor_id)
    if object_ is None or object_.status == claimed or object_.claimed == claimed:
        return
    VendorObject.objects(pk=object_.pk).update_one(set__claimed=claimed, set__claimed_at=now)
    due = ask_contested_at(now)
    later = Transaction.objects(pk=transaction.pk)
    later.update_one(set__next_check_at=min(transaction.next_check_at or due, due), set__checks=0)


def end_contest(reference: str, *, now: datetime) -> None:
    """Stop asking about a transaction that has ended, if webhooks and API agree about it.

    After a day they are not expected to: then a person decides.
    """
    transaction = Transaction.objects(reference=reference).first()
    is_asked = transaction is not None and transaction.next_check_at is not None
    if not is_asked or transaction.status is TransactionStatus.PENDING:
        return
    contested = [each for each in objects_of(reference) if each.claimed]
    for each in contested:
        if each.claimed_at <= now - _CONTESTED_FOR:
            evidence: dict[str, object] = {"claimed": each.claimed, "api": each.status}
            open_case(
                WaitingCase.CONTESTED,
                transaction,
                vendor_id=each.vendor_id,
                evidence=evidence,
                now=now,
            )
            VendorObject.objects(pk=each.pk).update_one(unset__claimed=1, unset__claimed_at=1)
    if all(each.claimed_at <= now - _CONTESTED_FOR for each in contested):
        Transaction.objects(pk=transaction.pk).update_one(unset__next_check_at=1)


def next_recheck(transaction: Transaction, *, ended_at: datetime, now: datetime) -> datetime | None:
    """When to ask the vendor again about a transaction that has ended; None after the last time.

    Fundings are in the nightly window instead: their refunds are listed there.
    """
    if flows.find_flow(transaction.type) is None or flows.is_credit(transaction.type):
        return None
    moments = (ended_at + flows.scale_wait(seconds) for seconds in _RECHECKS_S)
    return next((moment for moment in moments if moment > now), None)
