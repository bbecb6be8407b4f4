"""Airtime is charged once, and exactly if it was delivered, although parts of the system die."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.books import check_bought_once
from tests.support.customer import PENDING
from tests.support.http_customer import HttpCustomer
from tests.support.site import Site
from tests.support.waiting import eventually

pytestmark = pytest.mark.rabbitmq
FUNDS = "2000.00"


@pytest.fixture(autouse=True)
def repeatable(site: Site) -> None:
    """VTpass sells the same phone number the same amount any number of times."""
    site.networks.behave(duplicate_window_s=0)


def get_purchase(customer: HttpCustomer) -> dict[str, Any]:
    """The one purchase in the customer's history."""
    [purchase] = customer.transactions(type="AIRTIME")
    return purchase


def wait_for_purchase(customer: HttpCustomer, status: str) -> dict[str, Any]:
    def purchase_with_status() -> dict[str, Any] | None:
        purchase = get_purchase(customer)
        return purchase if purchase["status"] == status else None

    found = eventually(purchase_with_status, within_s=60)
    assert found is not None
    return found


@pytest.mark.parametrize("part", ["worker", "database", "broker"])
def test_a_pending_purchase_is_settled_when_a_part_is_back(site: Site, part: str) -> None:
    """The vendor delivers while the part is away; the purchase is charged once."""
    ada = site.new_customer(FUNDS)
    reference = ada.buy(PENDING).json()["tx_ref"]
    request_id = get_purchase(ada)["provider_reference"]

    site.stop_part(part)
    site.networks.end(request_id, "delivered", callback=True)
    site.start_part(part)
    purchase = wait_for_purchase(ada, "SUCCESS")

    assert purchase["reference"] == reference
    check_bought_once(site, ada, purchase)


def test_a_lost_callback_is_replaced_by_the_requery(site: Site) -> None:
    """The vendor sends no callback; the requery learns that the purchase failed."""
    ada = site.new_customer(FUNDS)
    ada.buy(PENDING)

    site.networks.end(get_purchase(ada)["provider_reference"], "failed", callback=False)

    check_bought_once(site, ada, wait_for_purchase(ada, "FAILED"))


@pytest.mark.parametrize("kind", ["reset", "reset_after"])
def test_a_purchase_whose_answer_is_lost_is_accepted_and_settled_later(
    site: Site, kind: str
) -> None:
    """202 first; then the requery finds that the vendor delivered, or never got the request."""
    ada = site.new_customer(FUNDS)
    site.networks.fault(kind)

    answer = ada.buy()
    eventually(lambda: get_purchase(ada)["status"] != "PENDING", within_s=60)

    assert answer.status_code == 202
    check_bought_once(site, ada, get_purchase(ada))


def test_airtime_is_sold_while_valkey_is_dead(site: Site) -> None:
    """Without circuit breaker, catalogue cache and rate limits a purchase still succeeds."""
    ada = site.new_customer(FUNDS)

    site.stop_part("valkey")
    answer = ada.buy()
    site.start_part("valkey")

    assert (answer.status_code, answer.json()["transaction"]["status"]) == (200, "SUCCESS")
    check_bought_once(site, ada, get_purchase(ada))
