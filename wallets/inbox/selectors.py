"""Reading the inbox. One index serves each query."""

from __future__ import annotations

from datetime import datetime

from wallets.inbox.documents import EventStatus, WebhookEvent


def count_events(status: EventStatus, *, limit: int) -> int:
    """How many events have this status; never counts beyond `limit`."""
    rows = WebhookEvent.objects(status=status).limit(limit)
    return int(rows.count(with_limit_and_skip=True))


def find_oldest_event_at(status: EventStatus) -> datetime | None:
    """When the oldest event of this status was received."""
    event = WebhookEvent.objects(status=status).order_by("id").only("received_at").first()
    return event.received_at if event else None
