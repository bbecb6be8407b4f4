"""Rate limits, counted in Redis. A limit guards; it must not become a way to take us down."""

from __future__ import annotations

import hashlib
import logging

from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

logger = logging.getLogger(__name__)


class _FailOpen(SimpleRateThrottle):
    """Lets requests through while Redis is away: passwords are still checked."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        try:
            return super().allow_request(request, view)
        except (RedisError, OSError):
            logger.warning("rate limit %s is off: Redis does not answer", self.scope)
            return True


class AuthThrottle(_FailOpen):
    """So many sign-in and registration attempts from one address."""

    scope = "auth"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        return f"throttle:auth:{self.get_ident(request)}"


class CallbackThrottle(_FailOpen):
    """So many unsigned callbacks from one address."""

    scope = "callback"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        return f"throttle:callback:{self.get_ident(request)}"


class LoginThrottle(_FailOpen):
    """So many attempts at one account, wherever they come from."""

    scope = "login"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        body = request.data if isinstance(request.data, dict) else {}
        name = str(body.get("email") or body.get("username") or "")
        digest = hashlib.sha256(name.strip().casefold().encode()).hexdigest()[:32]
        return f"throttle:login:{digest}"
