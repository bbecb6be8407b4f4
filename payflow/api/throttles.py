"""Rate limits of requests, and the headers that tell clients where they stand.

A limit is a class with a `scope` and a key; `RATE_LIMITS` in the settings has the rate of each
scope. docs/production.md lists all limits, and what each does while Redis is away.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable
from typing import ClassVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from payflow.kernel.errors import LimitsUnavailable, RateLimited
from payflow.kernel.limits import Standing, take
from payflow.kernel.rates import parse_rate
from payflow.kernel.redis_client import REDIS_AWAY

logger = logging.getLogger(__name__)


class RateThrottle(BaseThrottle):
    """A limit of one view. A subclass sets `scope` and says whom get_key() counts.

    Each request that passes is counted, atomically; one that is refused is answered 429.
    """

    scope: ClassVar[str]
    # False refuses requests with 503 while Redis is away. Choose it where an unlimited request
    # harms more than a refused one.
    open_without_redis: ClassVar[bool] = True
    _standing: Standing | None = None

    def get_key(self, request: Request, view: APIView) -> str | None:
        """Whom this limit counts; None if it does not concern this request."""
        raise NotImplementedError

    def allow_request(self, request: Request, view: APIView) -> bool:
        return self._count(request, self.get_key(request, view))

    def _count(self, request: Request | HttpRequest, key: str | None) -> bool:
        if key is None:
            return True
        try:
            self._standing = take(
                f"{self.scope}:{key}", parse_rate(settings.RATE_LIMITS[self.scope])
            )
        except REDIS_AWAY as exc:
            logger.warning("Redis is away while counting the limit %s: %s", self.scope, exc)
            if self.open_without_redis:
                return True
            raise LimitsUnavailable() from exc
        note_standing(request, self._standing)
        return self._standing.allowed

    def wait(self) -> float | None:
        """For `Retry-After`: when the period ends."""
        return self._standing.reset_s if self._standing else None


class AddressThrottle(RateThrottle):
    """A limit of each client address."""

    def get_key(self, request: Request, view: APIView) -> str | None:
        return client_address(request)

    def check(self, request: HttpRequest) -> None:
        """For a page that is no view of the API. Raises: RateLimited, LimitsUnavailable."""
        if not self._count(request, client_address(request)) and self._standing:
            raise RateLimited(retry_after_s=self._standing.reset_s)


class AuthThrottle(AddressThrottle):
    """Limits sign-ins and registrations from one address."""

    scope = "auth"


class UserThrottle(RateThrottle):
    """A limit of each signed-in user, whatever the address."""

    def get_key(self, request: Request, view: APIView) -> str | None:
        return str(request.user.pk) if request.user else None


class NameEnquiryThrottle(UserThrottle):
    """Limits questions whose answer names the owner of a bank account or a meter.

    Closed without Redis: without a limit, one customer could collect the names of a whole bank.
    """

    scope = "name_enquiry"
    open_without_redis = False


class NameEnquiryDayThrottle(NameEnquiryThrottle):
    """The same for a day."""

    scope = "name_enquiry_day"


class OrderedNameThrottle(UserThrottle):
    """Counts an order that names its recipient like a question for the name.

    Open without Redis, because an order also needs money, and has limits in the database.
    """

    scope = "name_enquiry_day"


class FundThrottle(UserThrottle):
    scope = "fund"


class WithdrawThrottle(UserThrottle):
    scope = "withdraw"


class PurchaseThrottle(UserThrottle):
    scope = "purchase"


class HistoryThrottle(UserThrottle):
    scope = "history"


class HealthThrottle(AddressThrottle):
    """A health check asks every part, so strangers may not start many."""

    scope = "health"


class CallbackThrottle(AddressThrottle):
    """Limits unsigned callbacks from one address."""

    scope = "callback"


def client_address(request: Request | HttpRequest) -> str:
    """The client's address as limits count it: for IPv6 its /64 network, which one client has.

    TRUSTED_PROXIES says how much of X-Forwarded-For counts.
    """
    text = BaseThrottle().get_ident(request) or "unknown"  # type: ignore[arg-type]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False))


def note_standing(request: Request | HttpRequest, standing: Standing) -> None:
    """Remember where a limit of this request stands, for the headers of its answer."""
    plain = request._request if isinstance(request, Request) else request
    plain.META.setdefault(_NOTED, []).append(standing)


_NOTED = "payflow.limits"


class RateLimitMiddleware:
    """Adds `RateLimit-Limit`, `-Remaining` and `-Reset` to every limited answer.

    If several limits counted the request, the headers show the one that is hit first.
    Source: draft-ietf-httpapi-ratelimit-headers-03, abstract, read 2026-11-26. Later drafts have
    other names; most clients know these.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        noted: list[Standing] = request.META.get(_NOTED, [])
        if noted:
            tightest = min(noted, key=lambda each: (each.allowed, each.remaining, -each.reset_s))
            response.headers["RateLimit-Limit"] = str(tightest.limit)
            response.headers["RateLimit-Remaining"] = str(tightest.remaining)
            response.headers["RateLimit-Reset"] = str(tightest.reset_s)
        return response
