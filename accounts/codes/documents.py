"""Codes that were mailed and not used yet, as they are stored."""

from __future__ import annotations

from enum import StrEnum

from mongoengine import Document, IntField, StringField

from payflow.kernel.fields import UtcDateTimeField


class Purpose(StrEnum):
    """What a code proves the right to."""

    VERIFY_EMAIL = "verify_email"
    NEW_PASSWORD = "new_password"  # noqa: S105
    NEW_PIN = "new_pin"


class EmailCode(Document):
    """The one live code of a user for a purpose. A newer code replaces it."""

    key = StringField(primary_key=True)  # user id, purpose
    code_hash = StringField(required=True)
    email = StringField(required=True)  # where it was sent; the user may have a new address since
    tries = IntField(required=True, default=0)
    expires_at = UtcDateTimeField(required=True)

    meta = {
        "collection": "email_codes",
        "auto_create_index": False,
        "indexes": [{"fields": ["expires_at"], "expireAfterSeconds": 0}],
    }
