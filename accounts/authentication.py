"""Signing in to the API by the Authorization header."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request
from rest_framework_simplejwt.tokens import Token

from accounts import tokens
from accounts.models import User


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>`. Raises: TokenInvalid, TokenExpired."""

    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        text = parts[1].decode("ascii", "replace") if len(parts) == 2 else ""
        return tokens.authenticate(text)

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def get_user(request: HttpRequest | Request) -> User:
    """The signed-in user of a request. Only for views that require one."""
    return cast(User, request.user)


def get_session_id(request: Request) -> str:
    """The login session of the request's token. Only for views that require a signed-in user."""
    return str(cast(Token, request.auth)["sid"])


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """BearerAuthentication in the OpenAPI description."""

    target_class = "accounts.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
