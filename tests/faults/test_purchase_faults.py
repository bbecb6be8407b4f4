"""Airtime, while parts die and words are lost: charged exactly when it was delivered, once."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from typing import Any

import pytest
import requests

from tests.faults.conftest import Site
from tests.support.airtime import Networks, at_once
from tests.support.app import Person
from tests.support.killer import PURCHASE
from tests.support.waiting import eventually
from tests.support.workers import doomed_web

pytestmark = pytest.mark.rabbitmq
DELIVERED, PENDING = "08011111111", "201000000000"
PAID = [("payable:vtpass", 482_50), ("income:commission", 17_50)]
# A web server that dies in a call leaves no word of it: others wait as long as it might have.
PATIENCE = {"VENDOR_CONNECT_TIMEOUT_S": "1", "VTPASS_READ_TIMEOUT_S": "1"}


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


def buy(person: Person, phone: str = DELIVERED, *, api: str | None = None, key: str = "k") -> Any:
    order = {"service_id": "mtn", "phone": phone, "amount": "500"}
    url = f"{api or person.app.api}/airtime/purchase"
    return person.http.post(url, json=order, headers={"Idempotency-Key": key}, timeout=60)


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


@pytest.mark.timeout(300)
def test_the_web_killed_between_every_two_steps_of_a_purchase(
    site: Site, networks: Networks
) -> None:
    """Held, claimed, sent, committed: whatever was reached, the requery finds out the rest."""
    people = [funded(site) for _ in PURCHASE]

    with ExitStack() as running:
        webs = [running.enter_context(doomed_web(site.stack, s, **PATIENCE)) for s in PURCHASE]
        lost = at_once(len(webs), lambda n: _loses(people[n], f"{webs[n][1]}/api/v1"))
        for web, _ in webs:
            eventually(lambda w=web: not w.running)
        died = [web.exit_code for web, _ in webs]
    for person in people:
        eventually(lambda p=person: bought(p)["status"] != "PENDING", within_s=60)

    assert lost == [True] * len(webs)
    assert died == [-signal.SIGKILL] * len(webs)
    for person in people:
        assert agrees(site, networks, person)
    ended = dict(zip(PURCHASE, [bought(person)["status"] for person in people], strict=True))
    assert ended == {
        "before-the-purchase-is-claimed": "FAILED",
        "before-the-purchase-is-sent": "FAILED",
        "after-the-purchase-was-delivered": "SUCCESS",
        "after-the-purchase-was-committed": "SUCCESS",
    }
    # The customer's client repeats its request, and hears how the first one ended.
    sent = networks.pays()
    assert [buy(person).status_code for person in people] == [503, 503, 200, 200]
    assert networks.pays() == sent


def _loses(person: Person, api: str) -> bool:
    """Whether the request was cut off."""
    try:
        buy(person, api=api)
    except requests.ConnectionError:
        return True
    return False


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


@pytest.mark.parametrize("kind", ["reset", "reset_after", "http_500", "malformed"])
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
