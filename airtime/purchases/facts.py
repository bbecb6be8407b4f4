"""What VTpass says about a purchase, as a fact that is recorded under its request id."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from airtime import vendor
from airtime.clients import Answer, PurchaseVerdict
from wallets.ledger.documents import Transaction
from wallets.ledger.vendor_objects import SENT, Fact, ObjectKind, VendorObject


def of_order(request_id: str, now: datetime) -> Fact:
    """The purchase is about to be sent under this id."""
    return Fact(
        vendor=vendor.VENDOR,
        kind=ObjectKind.PURCHASE,
        vendor_id=request_id,
        status=SENT,
        made_at=now,
    )


def of_answer(
    answer: Answer,
    transaction: Transaction,
    request_id: str,
    known: VendorObject | None,
    *,
    now: datetime,
) -> Fact:
    """`known` is what is recorded under the request id already."""
    verdict, absent_since = answer.verdict, None
    if verdict is PurchaseVerdict.ABSENT:
        verdict, absent_since = _weigh_absence(transaction, known, now)
    return Fact(
        vendor=vendor.VENDOR,
        kind=ObjectKind.PURCHASE,
        vendor_id=request_id,
        status=verdict.value,
        amount=int(transaction.amount),
        made_at=known.made_at if known else transaction.sent_at,
        details={
            "echoed_kobo": answer.amount_kobo,
            "debited_kobo": answer.debited_kobo,
            "reason": answer.reason,
            "vendor_reason": answer.vendor_reason or None,
            "acknowledged": answer.is_acknowledged or None,
            "absent_since": absent_since,
        },
    )


def _weigh_absence(
    transaction: Transaction, known: VendorObject | None, now: datetime
) -> tuple[PurchaseVerdict, str | None]:
    """What "we do not know this request" proves, and since when it was said.

    Nothing, if the vendor knew it before. Nothing, right after it was sent: the question may have
    overtaken the purchase. It is a no once it was said twice, at least VTPASS_ABSENT_AFTER_S
    apart. Source: docs/vendors/vtpass.md, section 4, "Our policy".
    """
    details = known.details if known else {}
    wait = timedelta(seconds=settings.VTPASS_ABSENT_AFTER_S)
    sent_at = transaction.sent_at or transaction.created_at
    if details.get("acknowledged") or sent_at > now - wait:
        return PurchaseVerdict.UNKNOWN, None
    since = details.get("absent_since")
    if since and datetime.fromisoformat(since) <= now - wait:
        return PurchaseVerdict.ABSENT, since
    return PurchaseVerdict.UNKNOWN, since or now.isoformat()
