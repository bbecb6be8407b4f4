"""Grants: what the bearer of a token may follow over a socket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bson import ObjectId
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import Token

from accounts import tokens


class WatchToken(Token):
    """A token with which a page without a login follows one transaction, and nothing else."""

    token_type = "watch"  # noqa: S105  a kind, not a secret
    lifetime = timedelta(hours=1)

    @classmethod
    def for_reference(cls, reference: str) -> WatchToken:
        token = cls()
        token["ref"] = reference
        return token


@dataclass(frozen=True)
class Grant:
    """What a token allows: to follow all transactions of a user, or one reference."""

    user_id: ObjectId | None
    reference: str | None
    expires_at: datetime


def read_grant(text: str) -> Grant:
    """The grant of an access token or a watch token.

    Raises: TokenInvalid, TokenExpired.
    """
    try:
        watch = WatchToken(text)  # type: ignore[arg-type]
    except TokenError:
        user, access = tokens.authenticate(text)
        return Grant(user.pk, None, tokens.get_expires_at(access))
    return Grant(None, watch["ref"], tokens.get_expires_at(watch))
