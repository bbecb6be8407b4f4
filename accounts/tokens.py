"""Tokens: a short-lived access token, and a refresh token that can be used once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from bson import ObjectId
from bson.errors import InvalidId
from mongoengine.errors import NotUniqueError
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from accounts.documents import RevokedToken
from accounts.errors import TokenExpired, TokenInvalid
from accounts.models import User


@dataclass(frozen=True)
class TokenPair:
    """The two tokens that a login returns. The access token expires in `expires_in_s`."""

    access: str
    refresh: str
    expires_in_s: int


def issue(user: User) -> TokenPair:
    """Issue a new pair for the user.

    The claims: `sub` is the user's id, and `ver` the session version at which the pair is valid.
    """
    refresh = RefreshToken.for_user(user)
    refresh["ver"] = user.session_version
    return TokenPair(
        access=str(refresh.access_token),
        refresh=str(refresh),
        expires_in_s=int(api_settings.ACCESS_TOKEN_LIFETIME.total_seconds()),
    )


def spend_refresh(text: str) -> User:
    """Mark a refresh token as used, and return its user.

    The mark is one insert with a unique id, so of two simultaneous uses exactly one succeeds.
    Raises: TokenInvalid, TokenExpired.
    """
    token = _parse(RefreshToken, text)
    user = _active_user(token)
    try:
        RevokedToken(jti=token["jti"], expires_at=get_expires_at(token)).save(force_insert=True)
    except NotUniqueError:
        raise TokenInvalid("This refresh token has been used. Log in again.") from None
    return user


def authenticate(text: str) -> tuple[User, Token]:
    """The user of an access token. Raises: TokenInvalid, TokenExpired."""
    token = _parse(AccessToken, text)
    return _active_user(token), token


def _active_user(token: Token) -> User:
    """The active user of a token. Raises: TokenInvalid, also if the session version has risen."""
    try:
        user = User.objects.get(pk=ObjectId(str(token.get("sub"))))
    except (User.DoesNotExist, InvalidId):
        raise TokenInvalid() from None
    if not user.is_active or token.get("ver") != user.session_version:
        raise TokenInvalid()
    return user


def _parse(kind: type[Token], text: str) -> Token:
    try:
        return kind(text)  # type: ignore[arg-type]
    except TokenError as exc:
        # Only the library's message distinguishes an expired token from an invalid one.
        if "expired" in str(exc).lower():
            raise TokenExpired() from exc
        raise TokenInvalid() from exc


def get_expires_at(token: Token) -> datetime:
    return datetime.fromtimestamp(token["exp"], UTC)
