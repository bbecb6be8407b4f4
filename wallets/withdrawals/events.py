"""What a transfer webhook means for a withdrawal: ask the vendor, and settle what it says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from payflow.kernel.db import atomic
from wallets.clients import Transfer, TransferStatus
from wallets.flutterwave.events import look_up
from wallets.flutterwave.webhooks import TRANSFER, Notice, find_notice, key_prefix
from wallets.inbox.documents import EventStatus, WebhookEvent
from wallets.inbox.services import finish
from wallets.ledger.documents import ChangeSource
from wallets.ledger.vendor_objects import ObjectKind
from wallets.rechecks import note_claim
from wallets.withdrawals import services, vendor

_FINAL = (TransferStatus.SUCCESSFUL.value, TransferStatus.FAILED.value)


def read_event(body: object) -> Notice | None:
    """Raises: EventUnreadable."""
    return find_notice(TRANSFER, body)


def event_key_prefix(vendor_id: str) -> str:
    return key_prefix(TRANSFER, vendor_id)


def apply_event(event: WebhookEvent, notice: Notice, now: datetime) -> None:
    """Raises: NotSettledYet, VendorUnavailable, TransactionNotFound."""
    client = vendor.client()
    transfer = look_up(
        notice,
        by_id=client.find_transfer,
        by_reference=client.find_transfer_by_reference,
    )
    _settle(event, notice, services.with_retries(transfer), now)


@atomic
def _settle(
    event: WebhookEvent, notice: Notice, transfers: Sequence[Transfer], now: datetime
) -> None:
    transaction = services.apply_all(transfers, source=ChangeSource.WEBHOOK, now=now)
    transfer = transfers[0]
    if notice.status in _FINAL and notice.status != transfer.status.value:
        note_claim(
            transaction,
            vendor=vendor.VENDOR,
            kind=ObjectKind.TRANSFER,
            vendor_id=transfer.vendor_id,
            claimed=notice.status,
            now=now,
        )
    note, due = None, transaction.next_check_at
    if transfer.status is TransferStatus.PENDING and due:
        note = f"The transfer is on its way. A requery asks again at {due:%Y-%m-%d %H:%M} UTC."
    finish(event, EventStatus.PROCESSED, now, note=note, reference=transaction.reference)
