"""Reading the inbox. One index serves each query."""

from __future__ import annotations

from collections.abc import Sequence
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


def find_events_about(
    *, vendor: str, reference: str, key_prefix: str | None, words: Sequence[str], limit: int
) -> tuple[list[WebhookEvent], bool]:
    """The events about one transaction, oldest first, and whether every event was considered.

    A finished event names its reference, and some keys contain the vendor's id. What an
    unfinished event is about stands in its body only: the newest `limit` of each unfinished
    status are searched for `words`.
    """
    found = list(WebhookEvent.objects(reference=reference))
    if key_prefix:
        # A range, not a regular expression: every server reads it from the index.
        end = key_prefix + "\uffff"
        found += WebhookEvent.objects(vendor=vendor, dedupe_key__gte=key_prefix, dedupe_key__lt=end)
    is_complete = True
    for status in (EventStatus.RECEIVED, EventStatus.DEAD):
        newest = list(WebhookEvent.objects(status=status).order_by("-id").limit(limit + 1))
        is_complete = is_complete and len(newest) <= limit
        found += [
            event for event in newest[:limit] if any(word in event.raw_body for word in words)
        ]
    by_id = {event.pk: event for event in found}
    return sorted(by_id.values(), key=lambda event: event.received_at), is_complete
