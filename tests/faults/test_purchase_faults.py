"""Airtime, while parts die and words are lost: charged exactly when it was delivered, once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults.conftest import Site
from tests.support.airtime import Networks
from tests.support.app import Person
from tests.support.waiting import eventually

pytestmark = pytest.mark.rabbitmq
DELIVERED, PENDING = "08011111111", "201000000000"
PAID = [("payable:vtpass", 482_50), ("income:commission", 17_50)]


@pytest.fixture
def networks(site: Site) -> Networks:
    networks = Networks(site.app.vendor)
    networks.behave(duplicate_window_s=0)
    return networks


def funded(site: Site) -> Person:
    person = site.app.customer()
    funding = person.fund("2000.00")
    person.pay(funding)
    person.wait_for(funding["tx_ref"], "SUCCESS")
    return person


def buy(person: Person, phone: str = DELIVERED) -> Any:
    order = {"service_id": "mtn", "phone": phone, "amount": "500"}
    return person.http.post(f"{person.app.api}/airtime/purchase", json=order, timeout=60)


def bought(person: Person) -> dict[str, Any]:
    """The one purchase that the customer sees."""
    [purchase] = person.get("/wallet/transactions", type="AIRTIME")["results"]
    return purchase


def ends(person: Person, status: str) -> dict[str, Any]:
    return eventually(lambda: p if (p := bought(person))["status"] == status else None, within_s=60)


def agrees(site: Site, networks: Networks, person: Person) -> bool:
    """Charged what the vendor took, and exactly if it delivered; nothing is held any more."""
    purchase = bought(person)
    line = networks.purchase(purchase["provider_reference"])
    is_delivered = line is not None and line["status"] == "delivered"
    wallet = person.get("/wallet/")
    entries = [(credit, kobo) for _, credit, kobo in site.entries_of(purchase["reference"])]
    assert line is None or line["attempts"] == 1
    return (purchase["status"], wallet["balance"], wallet["held"], entries) == (
        ("SUCCESS", "1500.00", "0.00", PAID) if is_delivered else ("FAILED", "2000.00", "0.00", [])
    )


@pytest.mark.parametrize("part", ["worker", "database", "broker"])
def test_a_part_killed_while_a_purchase_is_pending(
    site: Site, networks: Networks, part: str
) -> None:
    """Without it nothing can be settled; with it again the purchase is, once."""
    ada = funded(site)
    reference = buy(ada, PENDING).json()["tx_ref"]
    request_id = bought(ada)["provider_reference"]

    if part == "broker":
        site.broker.cut()
    else:
        site.stack.processes[part].kill()
    networks.end(request_id, "delivered", callback=True)
    if part == "broker":
        site.broker.restore()
    else:
        site.stack.restart(part)
    purchase = ends(ada, "SUCCESS")

    assert purchase["reference"] == reference
    assert agrees(site, networks, ada)


def test_a_callback_that_is_lost(site: Site, networks: Networks) -> None:
    """The vendor gives up calling; the requery hears of it all the same."""
    ada = funded(site)
    buy(ada, PENDING)

    networks.end(bought(ada)["provider_reference"], "failed", callback=False)
    ends(ada, "FAILED")

    assert agrees(site, networks, ada)


@pytest.mark.parametrize("kind", ["reset", "reset_after"])
def test_an_answer_that_is_lost(site: Site, networks: Networks, kind: str) -> None:
    """202; delivered and told late, or never there and said so twice."""
    ada = funded(site)
    networks.fault(kind)

    answer = buy(ada)
    eventually(lambda: bought(ada)["status"] != "PENDING", within_s=60)

    assert answer.status_code == 202
    assert agrees(site, networks, ada)


def test_valkey_away_at_the_purchase(site: Site, networks: Networks) -> None:
    """Neither circuit nor catalogue nor rate limits are there, and airtime is sold."""
    ada = funded(site)

    site.stack.processes["valkey"].kill()
    answer = buy(ada)
    site.stack.restart("valkey")

    assert (answer.status_code, answer.json()["transaction"]["status"]) == (200, "SUCCESS")
    assert agrees(site, networks, ada)
