"""What a callback of the vendor means: ask about the purchase, or refresh a service's plans.

Callbacks are unsigned, so each is only a reason to ask the vendor's API. Anybody can send them:
there is one event for each purchase and each service, and one question about it in a while.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from bson import ObjectId

from airtime import catalogue, vendor
from airtime.errors import ServiceNotFound
from airtime.purchases import outcomes, services
from wallets.errors import TransactionNotFound
from wallets.inbox.documents import EventStatus, WebhookEvent
from wallets.inbox.services import finish, parse_json, receive
from wallets.ledger.documents import ChangeSource, Transaction
from wallets.ledger.vendor_objects import ObjectKind, find_object

logger = logging.getLogger(__name__)
_QUESTION_PACE = timedelta(minutes=1)
_REFRESH_PACE = timedelta(seconds=30)


def receive_callback(*, raw_body: bytes, now: datetime) -> ObjectId | None:
    """Store a callback about a purchase of ours or a service that we sell.

    Returns the id of the event whose task the caller publishes; None if nothing is to be done
    now. Other callbacks are not kept: they are no evidence, because anybody can send them.
    """
    hint = vendor.read_hint(parse_json(raw_body))
    if hint.request_id and _find_reference(hint.request_id):
        key, pace = f"purchase:{hint.request_id}", _QUESTION_PACE
    elif hint.service_id and catalogue.is_listed(hint.service_id):
        key, pace = f"service:{hint.service_id}", _REFRESH_PACE
    else:
        logger.info("a callback of %s names nothing of ours and is not kept", vendor.VENDOR)
        return None
    return receive(vendor=vendor.VENDOR, raw_body=raw_body, dedupe_key=key, pace=pace, now=now)


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
    if reference is None:
        raise TransactionNotFound("The vendor's request id is not ours.")
    services.requery(reference=reference, source=ChangeSource.WEBHOOK, now=now)
    finish(event, EventStatus.PROCESSED, now, reference=reference)


def _find_reference(request_id: str) -> str | None:
    sent = find_object(vendor.VENDOR, ObjectKind.PURCHASE, request_id)
    if sent is not None:
        reference = str(sent.transaction)
    else:
        found = Transaction.objects(vendor_id=request_id).only("reference").first()
        reference = str(found.reference) if found else ""
    return reference if reference and outcomes.find_purchase(reference) else None


def _refresh(event: WebhookEvent, service_id: str, now: datetime) -> None:
    try:
        catalogue.get_service(service_id, now=now)
    except ServiceNotFound:
        finish(event, EventStatus.IGNORED, now, note="A service that is not sold here.")
        return
    catalogue.refresh_variations(service_id, now=now)
    finish(event, EventStatus.PROCESSED, now)
