"""VTpass's callbacks: nobody signs them, so each is only a reason to ask the vendor itself."""

from __future__ import annotations

from datetime import datetime

from airtime import catalogue, vtpass
from airtime.errors import ServiceNotFound
from airtime.purchases import outcomes
from wallets.inbox.documents import EventStatus, WebhookEvent
from wallets.inbox.services import finish
from wallets.ledger.documents import ChangeSource, Transaction


def handle(event: WebhookEvent, body: object, now: datetime) -> None:
    """The inbox's handler for this vendor. Raises: VendorUnavailable."""
    hint = vtpass.read_hint(body)
    if hint.request_id:
        _ask_about(event, hint.request_id, now)
    elif hint.service_id:
        _refresh(event, hint.service_id, now)
    else:
        finish(event, EventStatus.IGNORED, now, note="Nothing that PayFlow acts upon.")


def _ask_about(event: WebhookEvent, request_id: str, now: datetime) -> None:
    found = Transaction.objects(vendor_id=request_id).only("reference").first()
    if found is None or outcomes.find_purchase(found.reference) is None:
        finish(event, EventStatus.IGNORED, now, note="The vendor's request id is not ours.")
        return
    outcomes.requery(reference=found.reference, source=ChangeSource.WEBHOOK, now=now)
    finish(event, EventStatus.PROCESSED, now, reference=found.reference)


def _refresh(event: WebhookEvent, service_id: str, now: datetime) -> None:
    try:
        catalogue.get_service(service_id, now=now)
    except ServiceNotFound:
        finish(event, EventStatus.IGNORED, now, note="A service that is not sold here.")
        return
    catalogue.refresh_variations(service_id, now=now)
    finish(event, EventStatus.PROCESSED, now)
