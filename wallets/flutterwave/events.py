"""Flutterwave's events: what each claims is verified with the vendor's API, then settled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from django.conf import settings

from payflow.kernel.db import atomic
from payflow.kernel.references import is_reference
from wallets import flutterwave
from wallets.errors import EventUnreadable, NotSettledYet, TransactionNotFound
from wallets.flutterwave import webhooks
from wallets.funding.outcomes import apply_payment
from wallets.inbox.documents import EventStatus, WebhookEvent
from wallets.inbox.services import finish
from wallets.ledger.documents import ChangeSource, Transaction
from wallets.vendors import Payment, PaymentStatus, Transfer, TransferStatus
from wallets.withdrawals.services import apply_transfer

Found = TypeVar("Found", Payment, Transfer)


def handle(event: WebhookEvent, body: object, now: datetime) -> None:
    """The inbox's handler for this vendor.

    Raises: EventUnreadable, NotSettledYet, VendorUnavailable.
    """
    if not isinstance(body, dict):
        raise EventUnreadable("The body is not a JSON object.")
    notice = webhooks.read_notice(body)
    if notice.kind not in ("charge", "transfer") or not is_reference(notice.reference):
        finish(event, EventStatus.IGNORED, now, note="Nothing that PayFlow acts upon.")
        return
    try:
        if notice.kind == "charge":
            _settle_payment(event, _verified_payment(notice), now)
        else:
            _settle_transfer(event, _verified_transfer(notice), now)
    except TransactionNotFound:
        finish(event, EventStatus.IGNORED, now, note="The vendor's reference is not ours.")


def _verified_payment(notice: webhooks.Notice) -> Payment:
    """The payment as the vendor's API tells it: the webhook itself proves nothing.

    Raises: NotSettledYet, VendorUnavailable.
    """
    client = flutterwave.collections()
    return _looked_up(notice, client.find_payment, client.find_payment_by_reference)


def _verified_transfer(notice: webhooks.Notice) -> Transfer:
    """The transfer as the vendor's API tells it. Raises: NotSettledYet, VendorUnavailable."""
    client = flutterwave.payouts()
    return _looked_up(notice, client.find_transfer, client.find_transfer_by_reference)


def _looked_up(
    notice: webhooks.Notice,
    by_id: Callable[[str], Found | None],
    by_reference: Callable[[str], Found | None],
) -> Found:
    assert notice.reference is not None
    named = notice.vendor_id
    found = by_id(named) if named else by_reference(notice.reference)
    if found is None:
        raise NotSettledYet("The vendor does not know what its webhook tells of, yet.")
    return found


@atomic
def _settle_payment(event: WebhookEvent, payment: Payment, now: datetime) -> None:
    transaction = apply_payment(payment, source=ChangeSource.WEBHOOK, now=now)
    note = None
    if payment.status is PaymentStatus.PENDING:
        note = "The vendor has not decided yet; a requery will ask again."
        soon = now + timedelta(seconds=settings.INBOX_GRACE_S)
        Transaction.objects(pk=transaction.pk, next_check_at__gt=soon).update_one(
            set__next_check_at=soon
        )
    finish(event, EventStatus.PROCESSED, now, note=note, reference=transaction.reference)


@atomic
def _settle_transfer(event: WebhookEvent, transfer: Transfer, now: datetime) -> None:
    transaction = apply_transfer(transfer, source=ChangeSource.WEBHOOK, now=now)
    pending = transfer.status is TransferStatus.PENDING
    note = "Still on its way; a requery will ask again." if pending else None
    finish(event, EventStatus.PROCESSED, now, note=note, reference=transaction.reference)
