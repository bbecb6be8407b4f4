"""The keys of our tokens. A token's header names its key (`kid`), so that keys can rotate.

`SECRET_KEY` signs. It and each of `SECRET_KEY_FALLBACKS` verify.
"""

from __future__ import annotations

import hashlib
from typing import Any

import jwt
from django.conf import settings
from rest_framework_simplejwt import tokens
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError
from rest_framework_simplejwt.settings import api_settings

_KEY_ID_CHARS = 16


def key_id(key: str) -> str:
    """A key's name: the start of its hash, which does not reveal the key."""
    return hashlib.sha256(key.encode()).hexdigest()[:_KEY_ID_CHARS]


class RotatingBackend(TokenBackend):
    """Signs with the present key, and verifies with the key that the token names."""

    def encode(self, payload: dict[str, Any]) -> str:
        key = settings.SECRET_KEY
        return jwt.encode(payload, key, algorithm=self.algorithm, headers={"kid": key_id(key)})

    def get_verifying_key(self, token: Any) -> Any:
        """Raises: TokenBackendError, if the token names no key of ours."""
        try:
            named = jwt.get_unverified_header(token).get("kid")
        except jwt.InvalidTokenError as exc:
            raise TokenBackendError("Token is invalid") from exc
        for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
            if named == key_id(key):
                return self._prepare_key(key)
        raise TokenBackendError("Token names a key that we do not have")


class _UsesOurKeys:
    def get_token_backend(self) -> TokenBackend:
        return _backend


class SignedToken(_UsesOurKeys, tokens.Token):
    """The base of our other tokens."""


class AccessToken(_UsesOurKeys, tokens.AccessToken):
    """What opens the API."""


class RefreshToken(_UsesOurKeys, tokens.RefreshToken):  # type: ignore[misc]  # as in the library
    """What is exchanged for the next pair."""

    access_token_class = AccessToken


_backend = RotatingBackend(api_settings.ALGORITHM)
