"""Limits in Redis, which all processes share."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from payflow.kernel.limits import give_back, take
from payflow.kernel.rates import Rate
from payflow.kernel.redis_client import REDIS_AWAY, client
from tests.support.threads import run_together
from tests.support.waiting import eventually

pytestmark = pytest.mark.usefixtures("servers")
TEN = Rate(10, 60)


@pytest.fixture
def key() -> str:
    return f"test:{secrets.token_hex(8)}"


def test_of_forty_simultaneous_uses_exactly_ten_pass(key: str) -> None:
    """And the uses that passed are numbered without a gap."""
    uses = run_together(40, lambda _: take(key, TEN))

    passed = [use for use in uses if use.allowed]
    assert sorted(use.remaining for use in passed) == list(range(10))
    assert {use.remaining for use in uses if not use.allowed} == {0}
    assert {use.limit for use in uses} == {10}
    assert all(0 < use.reset_s <= 60 for use in uses)


def test_what_is_given_back_does_not_count(key: str) -> None:
    """A use that was refused took nothing, so the next one passes."""
    for _ in range(10):
        take(key, TEN)
    assert not take(key, TEN).allowed

    give_back(key)

    assert take(key, TEN).allowed
    assert not take(key, TEN).allowed


def test_giving_back_what_was_never_taken_changes_nothing(key: str) -> None:
    """It leaves no counter, and none below zero."""
    give_back(key)

    assert take(key, TEN).remaining == 9
    give_back(key)
    give_back(key)
    assert take(key, TEN).remaining == 9


def test_a_limit_ends_with_its_period(key: str) -> None:
    """Refused uses do not make the period longer, and each counter expires."""
    quick = Rate(1, 1)
    assert take(key, quick).allowed

    eventually(lambda: take(key, quick).allowed)

    assert 0 < client().pttl(f"payflow:limit:{key}") <= 1000


def test_keys_are_counted_apart(key: str) -> None:
    """One that is used up leaves the other alone."""
    assert take(key, Rate(1, 60)).allowed
    assert not take(key, Rate(1, 60)).allowed

    assert take(f"{key}:other", Rate(1, 60)).allowed


def test_without_redis_the_caller_decides(key: str, settings: Any) -> None:
    """Nothing is hidden: the error of the connection passes through."""
    settings.REDIS_URL = "redis://127.0.0.1:9/0"

    with pytest.raises(REDIS_AWAY):
        take(key, TEN)
