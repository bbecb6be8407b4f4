"""Refresh tokens that are spent or logged out, kept until they would have expired anyway."""

from mongoengine import Document, StringField

from payflow.kernel.fields import UtcDateTimeField


class RevokedToken(Document):
    """One refresh token that is no longer good. Its id is the token's `jti`."""

    jti = StringField(primary_key=True)
    expires_at = UtcDateTimeField(required=True)

    meta = {
        "collection": "revoked_tokens",
        "auto_create_index": False,
        "indexes": [{"fields": ["expires_at"], "expireAfterSeconds": 0}],
    }
