"""A funding is credited, and credited once, although parts of the system die."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.books import check_credited_once
from tests.support.http_customer import HttpCustomer
from tests.support.site import Site
from tests.support.waiting import eventually

pytestmark = pytest.mark.rabbitmq


def test_ten_webhooks_that_arrive_without_a_broker_are_credited_when_it_is_back(
    site: Site,
) -> None:
    """Each webhook is stored and answered with 200, and later credited once."""
    ada = site.new_customer()
    fundings = [ada.fund(f"{100 + n}.00") for n in range(10)]

    site.stop_part("broker")
    for funding in fundings:
        ada.pay(funding)
    eventually(lambda: all(_last_answer(site, f["tx_ref"]) == 200 for f in fundings))
    unsettled = ada.balance
    site.start_part("broker")
    for funding in fundings:
        ada.wait_for(funding["tx_ref"], "SUCCESS")

    assert unsettled == "0.00"
    assert ada.balance == f"{sum(100 + n for n in range(10))}.00"
    for number, funding in enumerate(fundings):
        check_credited_once(site, funding["tx_ref"], (100 + number) * 100)


def _last_answer(site: Site, reference: str) -> int | None:
    """The status of our answer to the latest webhook about the reference."""
    deliveries = site.vendor.deliveries(reference)
    return deliveries[-1]["status"] if deliveries else None


def test_webhooks_that_arrive_without_a_database_are_refused_and_repeated(site: Site) -> None:
    """A webhook that cannot be stored gets 503; the vendor repeats it and it is credited once."""
    ada = site.new_customer()
    fundings = [ada.fund(f"{200 + n}.00") for n in range(5)]

    ada.pay(fundings[0])
    site.stop_part("database")
    for funding in fundings[1:]:
        ada.pay(funding)
    refused = eventually(lambda: _last_answer(site, fundings[-1]["tx_ref"]))
    site.start_part("database")
    for funding in fundings:
        eventually(lambda f=funding: _status(ada, f) == "SUCCESS", within_s=60)

    assert refused == 503
    for number, funding in enumerate(fundings):
        check_credited_once(site, funding["tx_ref"], (200 + number) * 100)


def _status(customer: HttpCustomer, funding: dict[str, Any]) -> str:
    return str(customer.transaction(funding["tx_ref"])["status"])


def test_a_funding_is_credited_while_valkey_is_dead(site: Site) -> None:
    """Without pushes and rate limits money still arrives; sockets work when Valkey is back."""
    ada = site.new_customer()

    site.stop_part("valkey")
    funding = ada.fund()
    ada.pay(funding)
    ada.wait_for(funding["tx_ref"], "SUCCESS")
    site.start_part("valkey")
    with ada.socket() as socket:
        socket.join(funding["tx_ref"])
        state = socket.receive()

    assert state["status"] == "SUCCESS"
    check_credited_once(site, funding["tx_ref"], 1500_00)


def test_a_webhook_that_no_web_server_answered_is_repeated_and_credited(site: Site) -> None:
    """The vendor repeats its webhook to the web server that starts later."""
    ada = site.new_customer()
    funding = ada.fund()

    site.stop_part("web")
    ada.pay(funding)
    site.start_part("web")
    eventually(lambda: _status(ada, funding) == "SUCCESS")

    check_credited_once(site, funding["tx_ref"], 1500_00)


@pytest.mark.parametrize(
    "kind",
    ["timeout_before", "timeout_after", "http_500", "malformed", "reset", "http_429", "not_found"],
)
def test_a_payment_is_credited_although_the_vendor_fails_to_verify_it_twice(
    site: Site, kind: str
) -> None:
    """The task is retried until the vendor answers; then the payment is credited once."""
    ada = site.new_customer()
    funding = ada.fund()
    site.vendor.fault(kind, endpoint="verify", times=2, hang_s=4)

    ada.pay(funding)
    eventually(lambda: _status(ada, funding) == "SUCCESS", within_s=60)

    check_credited_once(site, funding["tx_ref"], 1500_00)
