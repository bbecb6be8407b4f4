"""The catalogue that customers see, for every shape of the vendor's lists."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from airtime import catalogue, tasks
from payflow.kernel import clock
from payflow.kernel.errors import VendorUnavailable
from tests.support.customer import error_code
from tests.support.networks import Networks
from tests.support.people import API, Customer

pytestmark = pytest.mark.usefixtures("db")
PLANS = "/airtime/services/mtn-data/variations"
SOLD = {
    "mtn": ("airtime", "MTN"),
    "glo": ("airtime", "Glo"),
    "airtel": ("airtime", "Airtel"),
    "etisalat": ("airtime", "9mobile"),
    "mtn-data": ("data", "MTN"),
    "glo-data": ("data", "Glo"),
    "glo-sme-data": ("data", "Glo"),
    "airtel-data": ("data", "Airtel"),
    "etisalat-data": ("data", "9mobile"),
    "9mobile-sme-data": ("data", "9mobile"),
}


def plans(customer: Customer, service_id: str = "mtn-data") -> dict[str, dict[str, Any]]:
    found = customer.get(f"/airtime/services/{service_id}/variations").json()["results"]
    return {plan["variation_code"]: plan for plan in found}


# --- Shapes -----------------------------------------------------------------------------------


def test_only_airtime_and_data_for_nigerian_numbers_are_sold(
    customer: Customer, networks: Networks
) -> None:
    """Four networks; no international airtime, and nothing for an account number."""
    found = customer.get("/airtime/services").json()["results"]

    assert {row["service_id"]: (row["kind"], row["network"]) for row in found} == SOLD
    [mtn] = [row for row in found if row["service_id"] == "mtn"]
    assert mtn == {
        "service_id": "mtn",
        "name": "MTN Airtime VTU",
        "kind": "airtime",
        "network": "MTN",
        "min_amount": "50.00",
        "max_amount": "200000.00",
        "image": mtn["image"],
    }
    assert mtn["image"].startswith("https://")


def test_a_plan_has_a_price_and_a_validity(customer: Customer, networks: Networks) -> None:
    """The price is text in naira. The validity is there if the plan's name has one."""
    found = plans(customer)

    assert found["mtn-100mb-1000"] == {
        "variation_code": "mtn-100mb-1000",
        "name": "N1000 1.5GB - 30 days",
        "amount": "1000.00",
        "validity": "30 days",
    }
    assert found["mtn-10mb-100"]["validity"] == "24 hours"


def test_a_code_with_two_prices_is_not_sold(customer: Customer, networks: Networks) -> None:
    """Neither plan is listed or sold, since its cost is uncertain."""
    customer.receive("1000")

    answer = customer.buy(service_id="mtn-data", variation_code="mtn-xtratalk-300")

    assert "mtn-xtratalk-300" not in plans(customer)
    assert (answer.status_code, error_code(answer)) == (422, "variation_not_found")
    assert (customer.wallet.held, networks.count_pays()) == (0, 0)


def test_a_repeated_code_with_one_price_is_one_plan(customer: Customer, networks: Networks) -> None:
    """A repeated row leaves no doubt about the price."""
    again = {"variation_code": "mtn-10mb-100", "name": "The same again", "naira": "100"}
    networks.change_plans("mtn-data", added=[again], callback=False)

    assert plans(customer)["mtn-10mb-100"]["name"] == "N100 100MB - 24 hrs"


@pytest.mark.parametrize("spelling", ["both", "misspelled", "right"])
def test_the_list_of_plans_is_read_in_either_spelling(
    customer: Customer, networks: Networks, spelling: str
) -> None:
    """`variations`, `varations` or both."""
    networks.behave(variation_key=spelling)

    assert len(plans(customer)) == 5


def test_airtime_has_no_plans(customer: Customer, networks: Networks) -> None:
    """An empty list, without a call to the vendor; an unknown service is a 404."""
    assert customer.get("/airtime/services/mtn/variations").json() == {"results": []}
    assert networks.calls("variations") == []
    for service_id in ("spectranet", "foreign-airtime", "none"):
        answer = customer.get(f"/airtime/services/{service_id}/variations")
        assert (answer.status_code, error_code(answer)) == (404, "service_not_found")


@pytest.mark.parametrize("path", ["/airtime/services", PLANS])
def test_the_catalogue_needs_a_token(networks: Networks, path: str) -> None:
    """Without a token there is a 401, and the vendor is not asked."""
    assert APIClient().get(API + path).status_code == 401
    assert APIClient().post(f"{API}/airtime/purchase", {}).status_code == 401
    assert networks.calls("services") == []


# --- Fresh, stale and none --------------------------------------------------------------------


def count_list_calls(networks: Networks) -> tuple[int, int]:
    """How often the vendor was asked for services and for plans; it has two kinds of services."""
    return len(networks.calls("services")) // 2, len(networks.calls("variations"))


def test_fresh_lists_are_not_fetched_again(networks: Networks) -> None:
    """Services stay fresh for two hours, prices for ten minutes."""
    now = clock.now()
    seen = []
    for after in (
        timedelta(),
        timedelta(minutes=10) - timedelta(seconds=1),
        timedelta(minutes=10),
        timedelta(hours=2) - timedelta(seconds=1),
        timedelta(hours=2),
    ):
        catalogue.list_variations("mtn-data", now=now + after)
        seen.append(count_list_calls(networks))

    assert seen == [(1, 1), (1, 1), (1, 2), (1, 3), (2, 3)]


@pytest.mark.parametrize("kind", ["http_500", "malformed", "reset", "http_429", "not_found"])
def test_a_stale_list_is_served_while_the_vendor_is_unavailable(
    networks: Networks, kind: str
) -> None:
    """Customers see the last known list, and can buy from it."""
    now = clock.now()
    before = catalogue.list_variations("mtn-data", now=now)
    networks.fault(kind, endpoint="services", times=99)
    networks.fault(kind, endpoint="variations", times=99)

    after = catalogue.list_variations("mtn-data", now=now + timedelta(days=20))

    assert after == before


def test_without_a_list_and_without_the_vendor_there_is_a_503(
    customer: Customer, networks: Networks
) -> None:
    """No list is invented; nothing is held."""
    customer.receive("1000")
    networks.fault("http_500", endpoint="services", times=99)

    answers = [customer.get("/airtime/services"), customer.get(PLANS), customer.buy()]

    for answer in answers:
        assert (answer.status_code, error_code(answer)) == (503, "vendor_unavailable")
    assert customer.wallet.held == 0


def test_refused_keys_are_answered_as_an_unavailable_vendor(
    customer: Customer, networks: Networks, settings: Any
) -> None:
    """The customer is not told that our keys are wrong."""
    settings.VTPASS_PUBLIC_KEY = "PK_somebody_elses"

    answer = customer.get("/airtime/services")

    assert (answer.status_code, error_code(answer)) == (503, "vendor_unavailable")
    assert "redential" not in answer.content.decode()


def test_a_refresh_fetches_every_list_before_customers_need_it(networks: Networks) -> None:
    """Each data service is asked for once; later requests make no call."""
    tasks.refresh_catalogue()
    before = count_list_calls(networks)
    for service in catalogue.list_services(now=clock.now()):
        catalogue.list_variations(service.service_id, now=clock.now())

    assert before == count_list_calls(networks) == (1, 6)


def test_a_failed_refresh_keeps_the_old_lists(networks: Networks) -> None:
    """The error is raised for a retry; customers get the old list."""
    tasks.refresh_catalogue()
    networks.fault("http_500", endpoint="services", times=99)

    with pytest.raises(VendorUnavailable):
        catalogue.refresh(now=clock.now())

    assert len(catalogue.list_services(now=clock.now())) == len(SOLD)


def test_changed_plans_show_after_ten_minutes(customer: Customer, networks: Networks) -> None:
    """A changed plan has its new price, and a removed plan is gone."""
    customer.receive("1000")
    now = clock.now()
    old = prices(now)
    change = {"variation_code": "mtn-50mb-200", "naira": "250"}
    networks.change_plans("mtn-data", updated=[change], removed=["mtn-10mb-100"], callback=False)

    new = prices(now + timedelta(minutes=10))

    assert (old["mtn-10mb-100"], old["mtn-50mb-200"]) == (100_00, 200_00)
    assert (new.get("mtn-10mb-100"), new["mtn-50mb-200"]) == (None, 250_00)


def prices(now: datetime) -> dict[str, int]:
    found = catalogue.list_variations("mtn-data", now=now)
    return {plan.variation_code: plan.amount_kobo for plan in found}
