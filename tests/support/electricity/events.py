"""What a webhook of the vendor means: ask the vendor about the reference."""

from __future__ import annotations

from datetime import datetime

from tests.support.electricity import ELECTRICITY, services
from wallets.errors import TransactionNotFound
from wallets.inbox.documents import EventStatus, WebhookEvent
from wallets.inbox.services import finish
from wallets.ledger.documents import Transaction


def read_event(body: object) -> str | None:
    """The reference; `requestId` is how VTpass would name it."""
    data = body.get("data", body) if isinstance(body, dict) else {}
    return data.get("reference") or data.get("requestId")


def apply_event(event: WebhookEvent, reference: str, now: datetime) -> None:
    """Raises: TransactionNotFound."""
    if Transaction.objects(reference=reference, type=ELECTRICITY).first() is None:
        raise TransactionNotFound()
    services.requery(reference=reference, now=now)
    finish(event, EventStatus.PROCESSED, now, reference=reference)
