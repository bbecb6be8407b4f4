"""Money in, while parts die: it lands, and it lands once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults.conftest import Site
from tests.support.app import Person
from tests.support.waiting import eventually

pytestmark = pytest.mark.rabbitmq


def paid(person: Person, amount: str = "1500.00") -> str:
    funding = person.fund(amount)
    person.pay(funding)
    return str(funding["tx_ref"])


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
