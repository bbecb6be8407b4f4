"""What a webhook means for a funding: ask the vendor about the payment, refund or chargeback."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from payflow.kernel.db import atomic
from wallets.clients import Payment, PaymentStatus, Refund
from wallets.errors import NotSettledYet
from wallets.flutterwave.events import look_up
from wallets.flutterwave.webhooks import (
    CHARGE,
    CHARGEBACK,
    REFUND,
    Notice,
    find_charge,
    find_dispute,
    key_prefix,
)
from wallets.funding import services, vendor
from wallets.inbox.documents import EventStatus, WebhookEvent
from wallets.inbox.services import finish
from wallets.ledger.documents import ChangeSource, Transaction, TransactionStatus
from wallets.ledger.vendor_objects import ObjectKind
from wallets.rechecks import note_claim

_FINAL = (PaymentStatus.SUCCESSFUL.value, PaymentStatus.FAILED.value, PaymentStatus.REVERSED.value)


def read_event(body: object) -> Notice | None:
    """Raises: EventUnreadable."""
    return find_charge(body) or find_dispute(REFUND, body) or find_dispute(CHARGEBACK, body)


def event_key_prefix(vendor_id: str) -> str:
    return key_prefix(CHARGE, vendor_id)


def apply_event(event: WebhookEvent, notice: Notice, now: datetime) -> None:
    """Raises: NotSettledYet, VendorUnavailable, TransactionNotFound."""
    if notice.kind == REFUND:
        _apply_refund(event, notice, now)
    elif notice.kind == CHARGEBACK:
        _apply_chargeback(event, notice, now)
    else:
        client = vendor.client()
        payment = look_up(
            notice,
            by_id=client.find_payment,
            by_reference=client.find_payment_by_reference,
        )
        _settle(event, notice, payment, now)


def _apply_refund(event: WebhookEvent, notice: Notice, now: datetime) -> None:
    """A webhook may name the refund, its payment, or both; the API has the truth."""
    client = vendor.client()
    named = client.find_refund(notice.object_id) if notice.object_id else None
    known = [named] if named else _list_refunds_of(notice.vendor_id, now)
    if not known:
        raise NotSettledYet("The vendor's API does not know yet the refund that is announced.")
    for refund in known:
        transaction = services.apply_refund(refund, source=ChangeSource.WEBHOOK, now=now)
    finish(event, EventStatus.PROCESSED, now, reference=transaction.reference)


def _list_refunds_of(payment_id: str | None, now: datetime) -> list[Refund]:
    days = (now - timedelta(days=2)).date(), (now + timedelta(days=1)).date()
    listed = vendor.client().list_refunds(*days)
    return [each for each in listed if isinstance(each, Refund) and each.payment_id == payment_id]


def _apply_chargeback(event: WebhookEvent, notice: Notice, now: datetime) -> None:
    client = vendor.client()
    known = client.find_chargeback(notice.object_id) if notice.object_id else None
    if known is None:
        raise NotSettledYet("The vendor's API does not know yet the chargeback that is announced.")
    transaction = services.apply_chargeback(known, source=ChangeSource.WEBHOOK, now=now)
    finish(event, EventStatus.PROCESSED, now, reference=transaction.reference)


@atomic
def _settle(event: WebhookEvent, notice: Notice, payment: Payment, now: datetime) -> None:
    transaction = services.apply(payment, source=ChangeSource.WEBHOOK, now=now)
    note = None
    if notice.status in _FINAL and notice.status != payment.status.value:
        note_claim(
            transaction,
            vendor=vendor.VENDOR,
            kind=ObjectKind.PAYMENT,
            vendor_id=payment.vendor_id,
            claimed=notice.status,
            now=now,
        )
    if payment.status is PaymentStatus.PENDING:
        note = _ask_soon(transaction, now)
    finish(event, EventStatus.PROCESSED, now, note=note, reference=transaction.reference)


def _ask_soon(transaction: Transaction, now: datetime) -> str | None:
    """Let a sweep ask again soon; and the note that says so, with its time."""
    if transaction.status is not TransactionStatus.PENDING:
        return None
    soon = now + timedelta(seconds=settings.INBOX_GRACE_S)
    due = min(transaction.next_check_at or soon, soon)
    Transaction.objects(pk=transaction.pk).update_one(set__next_check_at=due)
    return f"The vendor has not decided yet. A requery asks again at {due:%Y-%m-%d %H:%M} UTC."
