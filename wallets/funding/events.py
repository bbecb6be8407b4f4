"""What a charge webhook means for a funding: ask the vendor, and settle what it says."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from payflow.kernel.db import atomic
from wallets.clients import Payment, PaymentStatus
from wallets.errors import TransactionNotFound
from wallets.flutterwave.events import look_up
from wallets.flutterwave.webhooks import CHARGE, Notice, find_notice, key_prefix
from wallets.funding import services, vendor
from wallets.inbox.documents import EventStatus, WebhookEvent
from wallets.inbox.services import finish
from wallets.ledger.documents import ChangeSource, Transaction


def read_event(body: object) -> Notice | None:
    """Raises: EventUnreadable."""
    return find_notice(CHARGE, body)


def event_key_prefix(vendor_id: str) -> str:
    return key_prefix(CHARGE, vendor_id)


def apply_event(event: WebhookEvent, notice: Notice, now: datetime) -> None:
    """Raises: NotSettledYet, VendorUnavailable, TransactionNotFound."""
    client = vendor.client()
    payment = look_up(
        notice,
        by_id=client.find_payment,
        by_reference=client.find_payment_by_reference,
    )
    try:
        _settle(event, payment, now)
    except TransactionNotFound as exc:
        raise TransactionNotFound("The vendor's reference is not ours.") from exc


@atomic
def _settle(event: WebhookEvent, payment: Payment, now: datetime) -> None:
    transaction = services.apply(payment, source=ChangeSource.WEBHOOK, now=now)
    note = None
    if payment.status is PaymentStatus.PENDING:
        note = "The vendor has not decided yet; a requery will ask again."
        soon = now + timedelta(seconds=settings.INBOX_GRACE_S)
        Transaction.objects(pk=transaction.pk, next_check_at__gt=soon).update_one(
            set__next_check_at=soon
        )
    finish(event, EventStatus.PROCESSED, now, note=note, reference=transaction.reference)
