"""What a callback of the vendor means: ask about the purchase, or refresh a service's plans.

Callbacks are unsigned, so each is only a reason to ask the vendor's API.
"""

from __future__ import annotations

from datetime import datetime

from airtime import catalogue, vendor
from airtime.errors import ServiceNotFound
from airtime.purchases import outcomes, services
from wallets.errors import TransactionNotFound
from wallets.inbox.documents import EventStatus, WebhookEvent
from wallets.inbox.services import finish
from wallets.ledger.documents import ChangeSource, Transaction
from wallets.ledger.vendor_objects import ObjectKind, find_object


def read_event(body: object) -> vendor.Hint | None:
    hint = vendor.read_hint(body)
    return hint if hint.request_id or hint.service_id else None


def apply_event(event: WebhookEvent, hint: vendor.Hint, now: datetime) -> None:
    """Raises: VendorUnavailable, TransactionNotFound."""
    if hint.request_id:
        _requery(event, hint.request_id, now)
    elif hint.service_id:
        _refresh(event, hint.service_id, now)


def _requery(event: WebhookEvent, request_id: str, now: datetime) -> None:
    reference = _find_reference(request_id)
    if reference is None or outcomes.find_purchase(reference) is None:
        raise TransactionNotFound("The vendor's request id is not ours.")
    services.requery(reference=reference, source=ChangeSource.WEBHOOK, now=now)
    finish(event, EventStatus.PROCESSED, now, reference=reference)


def _find_reference(request_id: str) -> str | None:
    sent = find_object(vendor.VENDOR, ObjectKind.PURCHASE, request_id)
    if sent is not None:
        return str(sent.transaction)
    found = Transaction.objects(vendor_id=request_id).only("reference").first()
    return str(found.reference) if found else None


def _refresh(event: WebhookEvent, service_id: str, now: datetime) -> None:
    try:
        catalogue.get_service(service_id, now=now)
    except ServiceNotFound:
        finish(event, EventStatus.IGNORED, now, note="A service that is not sold here.")
        return
    catalogue.refresh_variations(service_id, now=now)
    finish(event, EventStatus.PROCESSED, now)
