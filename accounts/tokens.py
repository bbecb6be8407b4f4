"""Tokens: a short-lived access token, and a refresh token that can be used once.

Their claims: `sub` is the user's id, `ver` the user's session version, and `sid` the login session.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from bson import ObjectId
from bson.errors import InvalidId
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import Token

from accounts import sessions
from accounts.devices import Device
from accounts.errors import TokenExpired, TokenInvalid
from accounts.keys import AccessToken, RefreshToken
from accounts.models import User


@dataclass(frozen=True)
class TokenPair:
    """The two tokens that a login returns. The access token expires in `expires_in_s`."""

    access: str
    refresh: str
    expires_in_s: int


def issue(user: User, device: Device, *, now: datetime) -> TokenPair:
    """Start a login session, and issue its first pair."""
    refresh = _new_refresh(user)
    session = sessions.start(
        user=user,
        refresh_id=refresh["jti"],
        device=device,
        expires_at=get_expires_at(refresh),
        now=now,
    )
    return _pair(refresh, session.pk)


def exchange(text: str, *, now: datetime) -> TokenPair:
    """Spend a refresh token for the next pair of its session.

    A token that was used before ends its session. Raises: TokenInvalid, TokenExpired.
    """
    spent = _parse(RefreshToken, text)
    user, session_id = _active_user(spent), _session_id(spent)
    refresh = _new_refresh(user)
    rotated = sessions.rotate(
        user_id=user.pk,
        session_id=session_id,
        spent=spent["jti"],
        next_id=refresh["jti"],
        expires_at=get_expires_at(refresh),
        now=now,
    )
    if not rotated:
        raise TokenInvalid("This refresh token has been used. Log in again.")
    return _pair(refresh, session_id)


def end_session(text: str, *, now: datetime) -> None:
    """End the session of a refresh token. Raises: TokenInvalid, TokenExpired."""
    token = _parse(RefreshToken, text)
    user = _active_user(token)
    if not sessions.end(user_id=user.pk, session_id=_session_id(token), now=now):
        raise TokenInvalid("This session has ended already.")


def authenticate(text: str) -> tuple[User, Token]:
    """The user of an access token. Raises: TokenInvalid, TokenExpired."""
    token = _parse(AccessToken, text)
    return check(token), token


def check(token: Token) -> User:
    """The user of a parsed access token, if it is valid now. Raises: TokenInvalid."""
    user = _active_user(token)
    if sessions.find_open(user_id=user.pk, session_id=_session_id(token)) is None:
        raise TokenInvalid()
    return user


def _new_refresh(user: User) -> RefreshToken:
    refresh = RefreshToken()
    refresh["sub"] = str(user.pk)
    refresh["ver"] = user.session_version
    return refresh


def _pair(refresh: RefreshToken, session_id: ObjectId) -> TokenPair:
    refresh["sid"] = str(session_id)
    return TokenPair(
        access=str(refresh.access_token),
        refresh=str(refresh),
        expires_in_s=int(api_settings.ACCESS_TOKEN_LIFETIME.total_seconds()),
    )


def _active_user(token: Token) -> User:
    """The active user of a token. Raises: TokenInvalid, also if the session version has risen."""
    try:
        user = User.objects.get(pk=_object_id(token, "sub"))
    except User.DoesNotExist:
        raise TokenInvalid() from None
    if not user.is_active or token.get("ver") != user.session_version:
        raise TokenInvalid()
    return user


def _session_id(token: Token) -> ObjectId:
    return _object_id(token, "sid")


def _object_id(token: Token, claim: str) -> ObjectId:
    """Raises: TokenInvalid."""
    try:
        return ObjectId(str(token.get(claim)))
    except InvalidId:
        raise TokenInvalid() from None


def _parse(kind: type[Token], text: str) -> Token:
    try:
        return kind(text)  # type: ignore[arg-type]
    except UnicodeError as exc:  # a lone surrogate, which no token has
        raise TokenInvalid() from exc
    except TokenError as exc:
        # Only the library's message distinguishes an expired token from an invalid one.
        if "expired" in str(exc).lower():
            raise TokenExpired() from exc
        raise TokenInvalid() from exc


def get_expires_at(token: Token) -> datetime:
    return datetime.fromtimestamp(token["exp"], UTC)
