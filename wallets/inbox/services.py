"""The inbox: a vendor's word is stored first, then verified, then acted upon once.

RECEIVED ──► PROCESSED | IGNORED
    └──────► DEAD ──► RECEIVED      by an operator's replay, of the event or its dead letter
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from django.conf import settings
from mongoengine.errors import NotUniqueError

from payflow.kernel.counters import Counter
from payflow.kernel.db import MAJORITY, unless_busy
from payflow.kernel.documents import find_one, update_one
from payflow.kernel.failpoints import failpoint
from payflow.kernel.logs import request_id
from wallets.inbox.documents import EventStatus, WebhookEvent

# What acts upon a vendor's event, by the vendor's name: called with the event, the JSON of its
# body (None where it has none) and the time, it finishes the event or raises what is to be
# tried again. Each vendor's app adds its own when Django starts.
HANDLERS: dict[str, Callable[[WebhookEvent, object, datetime], None]] = {}
GIVEN_UP = Counter("inbox_events_given_up", "Events that became DEAD, replayed ones again.")
_OPEN = (EventStatus.RECEIVED, EventStatus.DEAD)


def receive(
    *, vendor: str, raw_body: bytes, dedupe_key: str | None = None, now: datetime
) -> ObjectId | None:
    """The id of the event, which is stored; None when it was stored before.

    Without a dedupe_key of the vendor's own an event is known by its bytes. The caller
    publishes it at once. If that fails, the sweep does so after next_attempt_at.
    """
    event = WebhookEvent(
        vendor=vendor,
        dedupe_key=dedupe_key or "sha256:" + hashlib.sha256(raw_body).hexdigest(),
        # As it came; bytes that are no UTF-8 are written out rather than lost.
        raw_body=raw_body.decode("utf-8", "backslashreplace"),
        request_id=request_id.get() or None,
        received_at=now,
        next_attempt_at=now + timedelta(seconds=settings.INBOX_GRACE_S),
    )
    failpoint("before-inbox")
    try:
        # 200 promises that the event is safe, so this does not rest on a server's defaults.
        event.save(force_insert=True, write_concern=MAJORITY.document)
    except NotUniqueError:
        return None
    failpoint("after-inbox")
    return event.pk  # type: ignore[no-any-return]


def process(*, event_id: ObjectId, now: datetime) -> None:
    """What follows from the event is committed, and the event with it.

    Harmless when repeated. Raises: EventUnreadable (for good), NotSettledYet and
    VendorUnavailable (try again later).
    """
    event = find_one(WebhookEvent, {"_id": event_id})
    if event is None or event.status not in _OPEN:
        return
    HANDLERS[event.vendor](event, parsed(event.raw_body.encode()), now)


def finish(
    event: WebhookEvent,
    status: EventStatus,
    now: datetime,
    *,
    note: str | None = None,
    reference: str | None = None,
) -> None:
    """The event is PROCESSED or IGNORED, in the atomic block of its effect if it had one."""
    setting: dict[str, Any] = {"status": status.value, "processed_at": now}
    setting |= {"note": note} if note else {}
    setting |= {"reference": reference} if reference else {}
    update_one(
        WebhookEvent,
        {"_id": event.pk, "status": {"$in": [each.value for each in _OPEN]}},
        {
            "$set": setting,
            "$inc": {"attempts": 1},
            "$unset": {"next_attempt_at": 1, "last_error": 1},
        },
    )


def record_failure(*, event_id: ObjectId, error: str, next_attempt_at: datetime | None) -> None:
    """The attempt and its error are on the event; without a next attempt it is DEAD.

    A DEAD one whose dead letter was replayed is RECEIVED again while it has a next attempt.
    """
    update: dict[str, Any] = {"inc__attempts": 1, "set__last_error": error[:500]}
    if next_attempt_at is None:
        update |= {"set__status": EventStatus.DEAD, "unset__next_attempt_at": 1}
    else:
        update |= {"set__status": EventStatus.RECEIVED, "set__next_attempt_at": next_attempt_at}
    event = WebhookEvent.objects(pk=event_id, status__in=_OPEN)
    known = unless_busy(lambda: event.update_one(**update))
    if known and next_attempt_at is None:
        GIVEN_UP.add()


def replay(*, event_id: ObjectId, now: datetime) -> bool:
    """A DEAD event is RECEIVED again, due at once; False when it was not DEAD."""
    return bool(
        WebhookEvent.objects(pk=event_id, status=EventStatus.DEAD).update_one(
            set__status=EventStatus.RECEIVED, set__attempts=0, set__next_attempt_at=now
        )
    )


def claim_leftovers(*, now: datetime, limit: int) -> list[ObjectId]:
    """Up to limit events that nobody works on, claimed so that no other sweep takes them."""
    later = now + timedelta(seconds=max(settings.INBOX_GRACE_S, 1))
    due = WebhookEvent.objects(next_attempt_at__lte=now).order_by("next_attempt_at")
    return [
        event.pk for event in due.only("next_attempt_at").limit(limit) if _claim(event, later=later)
    ]


def _claim(event: WebhookEvent, *, later: datetime) -> bool:
    """Whether it is this caller's. The old time in the filter: of two at once, one takes it."""
    mine = WebhookEvent.objects(pk=event.pk, next_attempt_at=event.next_attempt_at)
    return bool(unless_busy(lambda: mine.update_one(set__next_attempt_at=later)))


def parsed(raw_body: bytes) -> object:
    """The body's JSON; None where it is none."""
    try:
        return json.loads(raw_body)
    except (ValueError, RecursionError):
        return None
