"""Login sessions, stored until their last refresh token expires."""

from __future__ import annotations

from mongoengine import Document, IntField, LongField, ObjectIdField, StringField

from payflow.kernel.fields import UtcDateTimeField


class LoginSession(Document):
    """One login on one device: the family of all tokens that were issued since.

    Its tokens are valid while it has not ended and its version is the user's `session_version`.
    """

    user_id = ObjectIdField(required=True)
    # The microsecond of the login since 1970: the place in the user's list.
    number = LongField(required=True)
    version = IntField(required=True)
    # The `jti` of the only refresh token that may be used next.
    refresh_id = StringField(required=True)
    user_agent = StringField(required=True, default="")
    # The network of the client's address, not the whole address.
    address = StringField(required=True, default="")
    created_at = UtcDateTimeField(required=True)
    # The latest login or refresh.
    used_at = UtcDateTimeField(required=True)
    expires_at = UtcDateTimeField(required=True)
    ended_at = UtcDateTimeField()

    meta = {
        "collection": "login_sessions",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["user_id", "-number"]},
            {"fields": ["expires_at"], "expireAfterSeconds": 0},
        ],
    }
