"""What a socket may follow: a signed-in user's transactions, or one reference."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bson import ObjectId
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import Token

from accounts import tokens


class WatchToken(Token):
    """Lets a page without a login follow one transaction, and nothing else."""

    token_type = "watch"  # noqa: S105  a kind, not a secret
    lifetime = timedelta(hours=1)

    @classmethod
    def for_reference(cls, reference: str) -> WatchToken:
        token = cls()
        token["ref"] = reference
        return token


@dataclass(frozen=True)
class Grant:
    """What a token lets its bearer watch: a user's transactions, or one reference."""

    user_id: ObjectId | None
    reference: str | None
    expires_at: datetime


def read_grant(text: str) -> Grant:
    """What the bearer of an access or a watch token may follow over a socket.

    Raises: TokenInvalid, TokenExpired.
    """
    try:
        watch = WatchToken(text)  # type: ignore[arg-type]
    except TokenError:
        user, access = tokens.authenticate(text)
        return Grant(user.pk, None, tokens.expiry(access))
    return Grant(None, watch["ref"], tokens.expiry(watch))
