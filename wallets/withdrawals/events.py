"""What a transfer webhook means for a withdrawal: ask the vendor, and settle what it says."""

from __future__ import annotations

from datetime import datetime

from payflow.kernel.db import atomic
from wallets.clients import Transfer, TransferStatus
from wallets.errors import TransactionNotFound
from wallets.flutterwave.events import look_up
from wallets.flutterwave.webhooks import TRANSFER, Notice, find_notice, key_prefix
from wallets.inbox.documents import EventStatus, WebhookEvent
from wallets.inbox.services import finish
from wallets.ledger.documents import ChangeSource
from wallets.withdrawals import services, vendor


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
    try:
        _settle(event, transfer, now)
    except TransactionNotFound as exc:
        raise TransactionNotFound("The vendor's reference is not ours.") from exc


@atomic
def _settle(event: WebhookEvent, transfer: Transfer, now: datetime) -> None:
    transaction = services.apply(transfer, source=ChangeSource.WEBHOOK, now=now)
    pending = transfer.status is TransferStatus.PENDING
    note = "The transfer is still on its way; a requery will ask again." if pending else None
    finish(event, EventStatus.PROCESSED, now, note=note, reference=transaction.reference)
