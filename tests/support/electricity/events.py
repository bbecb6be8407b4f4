"""What a webhook of the vendor means: ask the vendor about the reference."""

from __future__ import annotations

from datetime import datetime

from tests.support.electricity import services
from wallets.inbox.documents import EventStatus, WebhookEvent
from wallets.inbox.services import finish


def read_event(body: object) -> str | None:
    return body.get("reference") if isinstance(body, dict) else None


def apply_event(event: WebhookEvent, reference: str, now: datetime) -> None:
    services.requery(reference=reference, now=now)
    finish(event, EventStatus.PROCESSED, now, reference=reference)
