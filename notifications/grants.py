"""Grants: what the bearer of a token may follow over a socket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bson import ObjectId
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import Token

from accounts import tokens
from accounts.errors import TokenInvalid
from accounts.keys import SignedToken


class WatchToken(SignedToken):
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
    # None in the grant of a watch token, which nothing ends before it expires.
    access: Token | None = None


def read_grant(text: str) -> Grant:
    """The grant of an access token or a watch token.

    Raises: TokenInvalid, TokenExpired.
    """
    try:
        watch = WatchToken(text)  # type: ignore[arg-type]
    except TokenError:
        user, access = tokens.authenticate(text)
        return Grant(user.pk, None, tokens.get_expires_at(access), access)
    return Grant(None, watch["ref"], tokens.get_expires_at(watch))


def is_valid(grant: Grant) -> bool:
    """False if the session of the grant's token has ended. Reads the user and the session."""
    if grant.access is None:
        return True
    try:
        tokens.check(grant.access)
    except TokenInvalid:
        return False
    return True
