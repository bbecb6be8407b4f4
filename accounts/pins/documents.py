"""Transaction PINs, as they are stored."""

from __future__ import annotations

from mongoengine import Document, IntField, ObjectIdField, StringField

from payflow.kernel.fields import UtcDateTimeField


class TransactionPin(Document):
    """One user's PIN. While `locked_until` is in the future, no PIN is checked.

    In the database and not in Redis, so that a guesser gains nothing while Redis is away.
    """

    user_id = ObjectIdField(primary_key=True)
    pin_hash = StringField(required=True)
    failures = IntField(required=True, default=0)  # since the last right PIN or the last lock
    locked_until = UtcDateTimeField()
    set_at = UtcDateTimeField(required=True)

    meta = {"collection": "transaction_pins", "auto_create_index": False, "indexes": []}
