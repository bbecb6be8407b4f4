"""The circuit of a vendor, shared by every process through the cache."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from payflow.kernel.circuit import Circuit
from payflow.kernel.errors import VendorUnavailable
from tests.support.threads import run_together
from tests.support.waiting import eventually

pytestmark = pytest.mark.usefixtures("servers")


@pytest.fixture
def circuit(settings: Any) -> Circuit:
    settings.CIRCUIT_FAILURES = 3
    return Circuit(secrets.token_hex(8))


@pytest.fixture
def half_open(circuit: Circuit, settings: Any) -> Circuit:
    """One that was opened, and whose pause is over. Nobody has asked it since."""
    settings.CIRCUIT_OPEN_S = 0.001
    circuit.trip("a test")
    settings.CIRCUIT_OPEN_S = 30
    return circuit


def lets_through(circuit: Circuit) -> bool:
    try:
        circuit.check()
    except VendorUnavailable:
        return False
    return True


def test_so_many_failures_in_a_row_open_it(circuit: Circuit) -> None:
    """One less does not; once open it lets nobody through."""
    for _ in range(2):
        circuit.failure()
    before = lets_through(circuit)

    circuit.failure()

    assert before
    assert not any(run_together(8, lambda _: lets_through(circuit)))


def test_a_success_in_between_starts_the_row_anew(circuit: Circuit) -> None:
    """Failures that are not in a row never open it."""
    for _ in range(3):
        circuit.failure()
        circuit.failure()
        circuit.success()

    assert lets_through(circuit)


def test_failures_are_counted_together(circuit: Circuit) -> None:
    """Three processes with a failure each are three failures."""
    run_together(3, lambda _: Circuit(circuit.vendor).failure())

    assert not lets_through(circuit)


def test_a_trip_opens_it_at_once(circuit: Circuit) -> None:
    """Without any failure counted; and for this vendor alone."""
    circuit.trip("ACCOUNT LOCKED")

    assert not lets_through(circuit)
    assert lets_through(Circuit(secrets.token_hex(8)))


def test_after_the_pause_exactly_one_is_let_through(half_open: Circuit) -> None:
    """Of eight at once one is the probe; the others are refused until it has succeeded."""
    through = run_together(8, lambda _: lets_through(half_open))

    assert sum(through) == 1
    assert not lets_through(half_open)
    half_open.success()
    assert all(run_together(8, lambda _: lets_through(half_open)))


def test_those_who_came_too_early_do_not_put_the_probe_off(circuit: Circuit, settings: Any) -> None:
    """However often it was asked while open, the pause is no longer for that."""
    settings.CIRCUIT_OPEN_S = 1
    circuit.trip("a test")

    refused = not lets_through(circuit)

    assert refused
    assert eventually(lambda: lets_through(circuit), within_s=20)


def test_a_probe_that_fails_opens_it_again(half_open: Circuit) -> None:
    """One failure suffices then, and the next pause begins."""
    lets_through(half_open)

    half_open.failure()

    assert not lets_through(half_open)


def test_a_probe_that_fails_is_followed_by_another(half_open: Circuit, settings: Any) -> None:
    """After the second pause somebody may try again."""
    lets_through(half_open)
    settings.CIRCUIT_OPEN_S = 0.001
    half_open.failure()

    assert lets_through(half_open)
    assert not lets_through(half_open)


@pytest.fixture
def without_cache(settings: Any) -> None:
    """Redis at an address where nobody answers."""
    default = settings.CACHES["default"]
    settings.CACHES = {"default": {**default, "LOCATION": "redis://127.0.0.1:1/0"}}


@pytest.mark.usefixtures("without_cache")
def test_without_redis_it_is_closed(circuit: Circuit) -> None:
    """It guards, and does not become a way to stop selling."""
    for _ in range(10):
        circuit.failure()
    circuit.trip("a test")
    circuit.success()

    assert lets_through(circuit)
