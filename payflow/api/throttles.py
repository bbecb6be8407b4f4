"""Rate limits, counted in Redis. While Redis is away nothing is limited."""

from __future__ import annotations

import hashlib

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from payflow.kernel.redis_client import call_unless_away


class _FailOpenThrottle(SimpleRateThrottle):
    """A rate limit that lets every request pass while Redis is away."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        return call_unless_away(
            lambda: super(_FailOpenThrottle, self).allow_request(request, view),
            otherwise=True,
            doing=f"counting the rate limit {self.scope}",
        )


class AuthThrottle(_FailOpenThrottle):
    """Limits sign-ins and registrations from one address."""

    scope = "auth"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        return f"throttle:auth:{self.get_ident(request)}"


class CallbackThrottle(_FailOpenThrottle):
    """Limits unsigned callbacks from one address."""

    scope = "callback"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        return f"throttle:callback:{self.get_ident(request)}"


class LoginThrottle(_FailOpenThrottle):
    """Limits sign-ins as one user, from all addresses together."""

    scope = "login"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        body = request.data if isinstance(request.data, dict) else {}
        name = str(body.get("email") or body.get("username") or "")
        digest = hashlib.sha256(name.strip().casefold().encode()).hexdigest()[:32]
        return f"throttle:login:{digest}"
