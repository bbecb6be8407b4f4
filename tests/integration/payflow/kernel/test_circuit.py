"""The circuit of a vendor, which all processes share through the cache."""

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
    """A circuit whose pause is over, and that no caller has asked since."""
    settings.CIRCUIT_OPEN_S = 0.001
    circuit.trip("a test")
    settings.CIRCUIT_OPEN_S = 30
    return circuit


def allows_calls(circuit: Circuit) -> bool:
    try:
        circuit.check()
    except VendorUnavailable:
        return False
    return True


def test_the_third_failure_in_a_row_opens_the_circuit(circuit: Circuit) -> None:
    """Two do not. An open circuit allows no call."""
    for _ in range(2):
        circuit.record_failure()
    before = allows_calls(circuit)

    circuit.record_failure()

    assert before
    assert not any(run_together(8, lambda _: allows_calls(circuit)))


def test_a_success_starts_the_count_again(circuit: Circuit) -> None:
    """Failures that are not in a row never open the circuit."""
    for _ in range(3):
        circuit.record_failure()
        circuit.record_failure()
        circuit.record_success()

    assert allows_calls(circuit)


def test_failures_of_all_processes_are_counted_together(circuit: Circuit) -> None:
    """Three processes with one failure each are three failures."""
    run_together(3, lambda _: Circuit(circuit.vendor).record_failure())

    assert not allows_calls(circuit)


def test_a_trip_opens_the_circuit_of_one_vendor(circuit: Circuit) -> None:
    """No failure is needed, and other vendors' circuits stay closed."""
    circuit.trip("ACCOUNT LOCKED")

    assert not allows_calls(circuit)
    assert allows_calls(Circuit(secrets.token_hex(8)))


def test_after_the_pause_one_call_is_allowed(half_open: Circuit) -> None:
    """Of eight concurrent callers one is the probe; the others are refused until it succeeds."""
    through = run_together(8, lambda _: allows_calls(half_open))

    assert sum(through) == 1
    assert not allows_calls(half_open)
    half_open.record_success()
    assert all(run_together(8, lambda _: allows_calls(half_open)))


def test_calls_during_the_pause_do_not_lengthen_it(circuit: Circuit, settings: Any) -> None:
    """However often the open circuit is asked, the pause ends on time."""
    settings.CIRCUIT_OPEN_S = 1
    circuit.trip("a test")

    refused = not allows_calls(circuit)

    assert refused
    assert eventually(lambda: allows_calls(circuit), within_s=20)


def test_a_failed_probe_opens_the_circuit_again(half_open: Circuit) -> None:
    """One failure is enough then, and the next pause begins."""
    allows_calls(half_open)

    half_open.record_failure()

    assert not allows_calls(half_open)


def test_a_failed_probe_is_followed_by_another(half_open: Circuit, settings: Any) -> None:
    """After the second pause one call is allowed again."""
    allows_calls(half_open)
    settings.CIRCUIT_OPEN_S = 0.001
    half_open.record_failure()

    assert allows_calls(half_open)
    assert not allows_calls(half_open)


@pytest.mark.usefixtures("without_cache")
def test_without_redis_the_circuit_is_closed(circuit: Circuit) -> None:
    """A missing cache does not stop sales."""
    for _ in range(10):
        circuit.record_failure()
    circuit.trip("a test")
    circuit.record_success()

    assert allows_calls(circuit)
