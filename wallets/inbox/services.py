"""Receiving, processing and replaying webhook events.

RECEIVED ──► PROCESSED | IGNORED ──► RECEIVED     when it comes again later
    └──────► DEAD ──► RECEIVED      when staff replay the event or its dead letter
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from django.conf import settings
from mongoengine.errors import NotUniqueError

from payflow.kernel.counters import Counter
from payflow.kernel.db import MAJORITY, write_unless_busy
from payflow.kernel.documents import find_one, update_one
from payflow.kernel.failpoints import failpoint
from payflow.kernel.logs import request_id
from wallets import flows
from wallets.errors import TransactionNotFound
from wallets.inbox.documents import EventStatus, WebhookEvent

EVENTS_GIVEN_UP = Counter(
    "inbox_events_given_up", "Events that became DEAD; counted again after a replay."
)
_UNFINISHED = (EventStatus.RECEIVED, EventStatus.DEAD)
# A webhook that comes again this long after it was acted upon may tell of a new change: delivered,
# taken back, and delivered again have the first and the third body in common.
_TELLS_AGAIN_AFTER = timedelta(minutes=1)


def receive(
    *,
    vendor: str,
    raw_body: bytes,
    dedupe_key: str | None = None,
    pace: timedelta | None = None,
    now: datetime,
) -> ObjectId | None:
    """Store the event and return its id; None if it was stored before.

    One that was stored before is opened again instead, and its id returned, if it has failed since,
    was finished more than a minute ago, or is not the latest about its object.

    A dedupe_key begins with the kind and the id of the object, each with a colon behind it. Without
    one the hash of the body identifies the event. The caller publishes the
    event's task. If that fails, a sweep publishes it after next_attempt_at.

    pace: for events that anybody can send. The event is acted upon at most once in this time. If it
    comes sooner, a sweep publishes it when the time is over.
    """
    event = WebhookEvent(
        vendor=vendor,
        dedupe_key=dedupe_key or "sha256:" + hashlib.sha256(raw_body).hexdigest(),
        raw_body=decode_body(raw_body),
        request_id=request_id.get() or None,
        received_at=now,
        next_attempt_at=now + timedelta(seconds=settings.INBOX_GRACE_S),
    )
    failpoint("before-inbox")
    try:
        # The answer 200 promises that the event is safe, so a majority must have journalled it.
        event.save(force_insert=True, write_concern=MAJORITY.document)
    except NotUniqueError:
        return _reopen(event, now) if pace is None else _reopen_slowly(event, pace, now)
    failpoint("after-inbox")
    return event.pk  # type: ignore[no-any-return]


def _reopen(again: WebhookEvent, now: datetime) -> ObjectId | None:
    """The stored event that came again, if it has failed, or if it was acted upon a while ago."""
    stored = WebhookEvent.objects(vendor=again.vendor, dedupe_key=again.dedupe_key).first()
    if stored.status in _UNFINISHED:
        tells_again = stored.attempts > 0
    else:
        is_late = stored.processed_at <= now - _TELLS_AGAIN_AFTER
        tells_again = is_late or _is_overtaken(stored)
    if not tells_again:
        return None
    WebhookEvent.objects(pk=stored.pk, status=stored.status).update_one(
        set__status=EventStatus.RECEIVED,
        set__received_at=now,
        set__attempts=0,
        set__next_attempt_at=now + timedelta(seconds=settings.INBOX_GRACE_S),
    )
    return stored.pk  # type: ignore[no-any-return]


def _reopen_slowly(again: WebhookEvent, pace: timedelta, now: datetime) -> ObjectId | None:
    """The stored event that came again, if this caller may publish it now.

    A RECEIVED event will be acted upon anyway, so repeating it changes nothing.
    """
    stored = WebhookEvent.objects(vendor=again.vendor, dedupe_key=again.dedupe_key).first()
    if stored.status is EventStatus.RECEIVED:
        return None
    due = (stored.processed_at or stored.received_at) + pace
    is_due = due <= now
    grace = timedelta(seconds=settings.INBOX_GRACE_S)
    changed = WebhookEvent.objects(pk=stored.pk, status=stored.status).update_one(
        set__status=EventStatus.RECEIVED,
        set__received_at=now,
        set__attempts=0,
        set__next_attempt_at=now + grace if is_due else due,
    )
    return stored.pk if changed and is_due else None


def _is_overtaken(stored: WebhookEvent) -> bool:
    """True if another event about the same object has come since: then this one is news again."""
    kind, _, rest = stored.dedupe_key.partition(":")
    vendor_id, colon, _ = rest.partition(":")
    if not colon:  # the key is a hash of the body
        return False
    about_it = WebhookEvent.objects(
        vendor=stored.vendor,
        dedupe_key__startswith=f"{kind}:{vendor_id}:",
        received_at__gt=stored.received_at,
    )
    return about_it.first() is not None


def process(*, event_id: ObjectId, now: datetime) -> None:
    """Let the flow that the event is about act upon it, and finish the event.

    A flow whose transaction it is not raises TransactionNotFound; then the vendor's next flow is
    asked. Repeating it is safe. Raises: EventUnreadable (no retry helps), NotSettledYet and
    VendorUnavailable (try again later), LookupError (the vendor has no flow in this process).
    """
    event = find_one(WebhookEvent, {"_id": event_id})
    if event is None or event.status not in _UNFINISHED:
        return
    candidates = flows.flows_of_vendor(event.vendor)
    if not candidates:
        raise LookupError(f"no flow is registered for the vendor {event.vendor}")
    raw_body = event.raw_body.encode()
    note = "PayFlow does not act on events of this kind."
    for flow in candidates:
        content = flow.read_event((flow.parse_body or parse_json)(raw_body))
        if content is None:
            continue
        try:
            flow.apply_event(event, content, now)
            return
        except TransactionNotFound as exc:
            note = exc.message
    finish(event, EventStatus.IGNORED, now, note=note)


def finish(
    event: WebhookEvent,
    status: EventStatus,
    now: datetime,
    *,
    note: str | None = None,
    reference: str | None = None,
) -> None:
    """Mark the event PROCESSED or IGNORED, in the atomic block of its effect if it has one."""
    setting: dict[str, Any] = {"status": status.value, "processed_at": now}
    setting |= {"note": note} if note else {}
    setting |= {"reference": reference} if reference else {}
    update_one(
        WebhookEvent,
        {"_id": event.pk, "status": {"$in": [each.value for each in _UNFINISHED]}},
        {
            "$set": setting,
            "$inc": {"attempts": 1},
            "$unset": {"next_attempt_at": 1, "last_error": 1},
        },
    )


def record_failure(*, event_id: ObjectId, error: str, next_attempt_at: datetime | None) -> None:
    """Record a failed attempt on the event. Without a next attempt the event becomes DEAD.

    A DEAD event whose dead letter was replayed is RECEIVED again while attempts are left.
    """
    update: dict[str, Any] = {"inc__attempts": 1, "set__last_error": error[:500]}
    if next_attempt_at is None:
        update |= {"set__status": EventStatus.DEAD, "unset__next_attempt_at": 1}
    else:
        update |= {"set__status": EventStatus.RECEIVED, "set__next_attempt_at": next_attempt_at}
    event = WebhookEvent.objects(pk=event_id, status__in=_UNFINISHED)
    known = write_unless_busy(lambda: event.update_one(**update))
    if known and next_attempt_at is None:
        EVENTS_GIVEN_UP.add()


def replay(*, event_id: ObjectId, now: datetime) -> bool:
    """Make a DEAD event RECEIVED again, due now. False if it was not DEAD."""
    return bool(
        WebhookEvent.objects(pk=event_id, status=EventStatus.DEAD).update_one(
            set__status=EventStatus.RECEIVED, set__attempts=0, set__next_attempt_at=now
        )
    )


def claim_leftovers(*, now: datetime, limit: int) -> list[ObjectId]:
    """Claim up to `limit` overdue events for this caller, so that no other sweep takes them."""
    later = now + timedelta(seconds=max(settings.INBOX_GRACE_S, 1))
    due = WebhookEvent.objects(next_attempt_at__lte=now).order_by("next_attempt_at")
    return [
        event.pk for event in due.only("next_attempt_at").limit(limit) if _claim(event, later=later)
    ]


def _claim(event: WebhookEvent, *, later: datetime) -> bool:
    """True for one of several simultaneous callers: the filter contains the old time."""
    mine = WebhookEvent.objects(pk=event.pk, next_attempt_at=event.next_attempt_at)
    return bool(write_unless_busy(lambda: mine.update_one(set__next_attempt_at=later)))


def decode_body(raw_body: bytes) -> str:
    """The text of a body in any encoding of JSON. Other bytes are read as Latin-1.

    Latin-1 has a character for each byte, so no byte is lost.
    """
    try:
        text = raw_body.decode(json.detect_encoding(raw_body))
    except UnicodeDecodeError:
        text = ""
    return text or raw_body.decode("latin-1")


def parse_json(raw_body: bytes) -> object:
    """The value of a JSON body; None if the body is not JSON."""
    try:
        return json.loads(decode_body(raw_body))
    except (ValueError, RecursionError):
        return None
