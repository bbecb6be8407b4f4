"""Refresh tokens that were used or logged out, stored until they expire."""

from mongoengine import Document, StringField

from payflow.kernel.fields import UtcDateTimeField


class RevokedToken(Document):
    """A refresh token that is not valid any more. Its id is the token's `jti`."""

    jti = StringField(primary_key=True)
    expires_at = UtcDateTimeField(required=True)

    meta = {
        "collection": "revoked_tokens",
        "auto_create_index": False,
        "indexes": [{"fields": ["expires_at"], "expireAfterSeconds": 0}],
    }
