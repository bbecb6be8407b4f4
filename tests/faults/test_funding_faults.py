"""Money in, while parts die: it lands, and it lands once."""

from __future__ import annotations

import signal
import time
from typing import Any

import pytest

from tests.faults.conftest import Site
from tests.support.app import Person
from tests.support.killer import SETTLEMENT, WEBHOOK
from tests.support.waiting import eventually
from tests.support.workers import doomed_web, doomed_workers

pytestmark = pytest.mark.rabbitmq
# An atomic block that dies open holds its documents until the server gives it up: a minute.
ABANDONED_WITHIN_S = 150.0


def paid(person: Person, amount: str = "1500.00") -> str:
    funding = person.fund(amount)
    person.pay(funding)
    return str(funding["tx_ref"])


@pytest.mark.timeout(400)
def test_workers_killed_between_every_two_steps_of_a_settlement(site: Site) -> None:
    """A worker dies at each step, with a payment in hand: every one is credited once."""
    payments: list[tuple[Person, str]] = []

    def pay() -> None:
        person = site.app.customer()
        payments.append((person, paid(person)))

    with doomed_workers(site.stack, SETTLEMENT) as workers:
        for _ in workers:
            pay()
        deadline = time.monotonic() + ABANDONED_WITHIN_S
        while any(worker.running for worker in workers):
            assert time.monotonic() < deadline, [w.name for w in workers if w.running]
            # A payment that one worker settled before it died is no death for another.
            time.sleep(2)
            pay()
        died = [worker.exit_code for worker in workers]
    site.stack.restart("worker")
    for person, reference in payments:
        eventually(
            lambda p=person, r=reference: p.transaction(r)["status"] == "SUCCESS",
            within_s=ABANDONED_WITHIN_S,
        )

    assert died == [-signal.SIGKILL] * len(SETTLEMENT)
    for person, reference in payments:
        assert person.balance == "1500.00"
        site.credited_once(reference, 1500_00)


def test_ten_webhooks_while_the_broker_is_away(site: Site) -> None:
    """Each is answered with 200 and kept; when the broker is back, each is credited once."""
    ada = site.app.customer()
    fundings = [ada.fund(f"{100 + n}.00") for n in range(10)]

    site.broker.cut()
    for funding in fundings:
        ada.pay(funding)
    eventually(lambda: all(_told(site, f["tx_ref"]) == 200 for f in fundings))
    unsettled = ada.balance
    site.broker.restore()
    for funding in fundings:
        ada.wait_for(funding["tx_ref"], "SUCCESS")

    assert unsettled == "0.00"
    assert ada.balance == f"{sum(100 + n for n in range(10))}.00"
    for number, funding in enumerate(fundings):
        site.credited_once(funding["tx_ref"], (100 + number) * 100)


def _told(site: Site, reference: str) -> int | None:
    """What we answered to the latest webhook about the reference."""
    deliveries = site.app.vendor.deliveries(reference)
    return deliveries[-1]["status"] if deliveries else None


def test_the_database_killed_while_webhooks_arrive(site: Site) -> None:
    """What could not be stored was not said to be: the vendor repeats it, and it is credited."""
    ada = site.app.customer()
    fundings = [ada.fund(f"{200 + n}.00") for n in range(5)]

    ada.pay(fundings[0])
    site.stack.processes["database"].kill()
    for funding in fundings[1:]:
        ada.pay(funding)
    refused = eventually(lambda: _told(site, fundings[-1]["tx_ref"]))
    site.stack.restart("database")
    for funding in fundings:
        eventually(lambda f=funding: _status(ada, f) == "SUCCESS", within_s=60)

    assert refused == 503
    for number, funding in enumerate(fundings):
        site.credited_once(funding["tx_ref"], (200 + number) * 100)


def _status(person: Person, funding: dict[str, Any]) -> str:
    return str(person.transaction(funding["tx_ref"])["status"])


def test_valkey_killed_and_back(site: Site) -> None:
    """Without pushes and rate limits money lands all the same; sockets work again after."""
    ada = site.app.customer()

    site.stack.processes["valkey"].kill()
    reference = paid(ada)
    ada.wait_for(reference, "SUCCESS")
    site.stack.restart("valkey")
    with ada.socket() as socket:
        socket.join(reference)
        state = socket.receive()

    assert state["status"] == "SUCCESS"
    site.credited_once(reference, 1500_00)


def test_the_web_killed_while_the_vendor_calls(site: Site) -> None:
    """Nobody answers: the vendor repeats its webhook to the process that comes after."""
    ada = site.app.customer()
    funding = ada.fund()

    site.stack.processes["web"].kill()
    ada.pay(funding)
    site.stack.restart("web")
    eventually(lambda: _status(ada, funding) == "SUCCESS")

    site.credited_once(funding["tx_ref"], 1500_00)


@pytest.mark.parametrize("step", WEBHOOK)
def test_the_web_killed_in_the_middle_of_a_webhook(site: Site, step: str) -> None:
    """Stored or not, published or not: the vendor repeats what was not answered, to another."""
    ada = site.app.customer()
    funding = ada.fund()

    with doomed_web(site.stack, step) as (web, url):
        site.app.vendor.webhooks(url=f"{url}/api/v1/wallet/flutterwave/webhook")
        ada.pay(funding)
        eventually(lambda: not web.running)
        died = web.exit_code
    site.app.vendor.webhooks(url=f"{site.stack.addresses.api}/wallet/flutterwave/webhook")
    eventually(lambda: _status(ada, funding) == "SUCCESS")

    assert died == -signal.SIGKILL
    site.credited_once(funding["tx_ref"], 1500_00)


@pytest.mark.parametrize(
    "kind",
    ["timeout_before", "timeout_after", "http_500", "malformed", "reset", "http_429", "not_found"],
)
def test_a_vendor_that_cannot_be_asked_at_first(site: Site, kind: str) -> None:
    """The task comes back until the vendor answers; then the payment is credited, once."""
    ada = site.app.customer()
    funding = ada.fund()
    site.app.vendor.fault(kind, endpoint="verify", times=2, hang_s=4)

    ada.pay(funding)
    eventually(lambda: _status(ada, funding) == "SUCCESS", within_s=60)

    site.credited_once(funding["tx_ref"], 1500_00)
