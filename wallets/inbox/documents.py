"""Webhook events, as they are stored."""

from __future__ import annotations

from enum import StrEnum

from mongoengine import Document, EnumField, IntField, StringField

from payflow.kernel.fields import UtcDateTimeField


class EventStatus(StrEnum):
    RECEIVED = "RECEIVED"  # stored, not yet acted upon
    PROCESSED = "PROCESSED"  # its effect, if it had one, is committed
    IGNORED = "IGNORED"  # about something that PayFlow does not act upon
    DEAD = "DEAD"  # every attempt failed; staff may replay it


class WebhookEvent(Document):
    """One webhook: its raw body, and what became of it."""

    vendor = StringField(required=True, db_field="provider")
    dedupe_key = StringField(required=True)
    raw_body = StringField(required=True)
    status = EnumField(EventStatus, required=True, default=EventStatus.RECEIVED)
    attempts = IntField(required=True, default=0)
    last_error = StringField()
    note = StringField()
    reference = StringField()
    request_id = StringField()
    next_attempt_at = UtcDateTimeField()  # set as long as a sweep may have to publish the event
    received_at = UtcDateTimeField(required=True)  # the last time
    processed_at = UtcDateTimeField()

    meta = {
        "collection": "webhook_events",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["vendor", "dedupe_key"], "unique": True},
            {"fields": ["next_attempt_at"], "sparse": True},
            ["status", "-_id"],
            ["reference"],
        ],
    }
