"""Rate limits of requests, and what their answers say."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings
from django.urls import path
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView

from payflow.api.throttles import AddressThrottle
from tests.support.customer import error_code
from tests.support.threads import run_together

pytestmark = pytest.mark.usefixtures("db")
AWAY = "redis://127.0.0.1:9/0"


class Wide(AddressThrottle):
    scope = "wide"


class Narrow(AddressThrottle):
    scope = "narrow"


class Closed(AddressThrottle):
    scope = "narrow"
    open_without_redis = False


class Limited(APIView):
    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    throttle_classes = [Wide, Narrow]

    def get(self, request: Request) -> Response:
        return Response({})


urlpatterns = [
    path("limited", Limited.as_view()),
    path("closed", Limited.as_view(throttle_classes=[Closed])),
    path("free", Limited.as_view(throttle_classes=[])),
]


@pytest.fixture(autouse=True)
def limits(settings: Any) -> Iterator[None]:
    rates = {"wide": "100/hour", "narrow": "3/min"}
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, **rates}
    with override_settings(ROOT_URLCONF=__name__):
        yield


def get(path: str = "/limited", *, address: str | None = None, **headers: str) -> Any:
    address = address or "192.0.2.7"
    return APIClient().get(path, headers=headers, REMOTE_ADDR=address)


def test_every_limited_answer_says_where_the_limit_stands() -> None:
    """The limit that is hit first, not only in a 429."""
    answers = [get() for _ in range(4)]

    assert [a.status_code for a in answers] == [200, 200, 200, 429]
    assert [a["RateLimit-Limit"] for a in answers] == ["3"] * 4
    assert [a["RateLimit-Remaining"] for a in answers] == ["2", "1", "0", "0"]
    assert all(0 < int(a["RateLimit-Reset"]) <= 60 for a in answers)
    assert "RateLimit-Limit" not in get("/free")


def test_a_refusal_says_how_long_to_wait() -> None:
    """With a code, and the same time as the limit's reset."""
    refused = [get() for _ in range(4)][-1]

    assert error_code(refused) == "rate_limited"
    assert refused["Retry-After"] == refused["RateLimit-Reset"]
    assert int(refused["Retry-After"]) > 0


def test_simultaneous_requests_do_not_pass_a_limit() -> None:
    """Exactly three of twenty pass."""
    answers = run_together(20, lambda _: get())

    assert sorted(a.status_code for a in answers) == [200] * 3 + [429] * 17


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
    ],
)
def test_a_client_is_an_address_or_a_network(one: str, other: str, same: bool) -> None:
    """One client has a whole /64 network of IPv6, so its addresses count together."""
    for _ in range(3):
        get(address=one)

    assert get(address=other).status_code == (429 if same else 200)


def test_only_trusted_proxies_name_the_client() -> None:
    """Without one, X-Forwarded-For is ignored: nobody chooses the address that is counted."""
    statuses = [
        get(**{"X-Forwarded-For": f"198.51.100.{secrets.randbelow(250)}"}).status_code
        for _ in range(4)
    ]

    assert statuses == [200, 200, 200, 429]


def test_without_redis_a_limit_is_open_or_closed_as_its_class_says(settings: Any) -> None:
    """An open one lets requests pass; a closed one answers 503, and says when to come back."""
    settings.REDIS_URL = AWAY

    assert {get().status_code for _ in range(5)} == {200}
    refused = get("/closed")
    assert (refused.status_code, error_code(refused)) == (503, "limits_unavailable")
    assert int(refused["Retry-After"]) > 0
