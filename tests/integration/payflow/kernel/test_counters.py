"""Counters in Redis, which all processes share."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from payflow.kernel import counters
from payflow.kernel.counters import Counter
from tests.support.threads import run_together

pytestmark = pytest.mark.usefixtures("servers")


@pytest.fixture
def counter() -> Counter:
    return Counter(secrets.token_hex(8), "a test's", ("task", "queue"))


def test_concurrent_additions_are_all_counted(counter: Counter) -> None:
    """None of 40 additions is lost, and each set of labels has its own sum."""
    run_together(40, lambda n: counter.add("a.task", "odd" if n % 2 else "even"))

    found = {key: n for key, n in counters.read().items() if key[0] == counter.name}

    assert found == {(counter.name, "a.task", "odd"): 20, (counter.name, "a.task", "even"): 20}


def test_without_redis_an_addition_does_not_fail(
    counter: Counter, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and the caller goes on."""
    settings.REDIS_URL = "redis://127.0.0.1:9/0"

    counter.add("a.task", "a.queue")

    assert f'counting ["{counter.name}", "a.task", "a.queue"]' in caplog.text
