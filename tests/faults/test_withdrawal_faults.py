"""A withdrawal is paid out once, although parts of the system die and the vendor misbehaves."""

from __future__ import annotations

import pytest

from tests.support.books import check_paid_once
from tests.support.http_customer import HttpCustomer
from tests.support.site import Site
from tests.support.waiting import eventually

pytestmark = pytest.mark.rabbitmq
FUNDS = "2000.00"


def start(customer: HttpCustomer) -> str:
    answer = customer.withdraw("1000")
    assert answer.status_code == 202, answer.text
    return str(answer.json()["tx_ref"])


def wait_for_status(customer: HttpCustomer, reference: str, status: str) -> None:
    eventually(lambda: customer.transaction(reference)["status"] == status, within_s=60)


@pytest.mark.parametrize(
    "kind",
    [
        "timeout_before",
        "timeout_after",
        "reset",
        "reset_after",
        "http_500",
        "http_503_after",
        "http_429",
        "malformed",
    ],
)
def test_a_withdrawal_is_paid_once_although_the_vendors_answer_is_lost(
    site: Site, kind: str
) -> None:
    """Whether the vendor took the transfer or not, the customer is paid once in the end."""
    ada = site.new_customer(FUNDS)
    site.vendor.fault(kind, endpoint="transfers", hang_s=4)

    reference = start(ada)
    wait_for_status(ada, reference, "SUCCESS")

    check_paid_once(site, ada, reference)


def test_a_transfer_that_fails_after_it_was_paid_is_reversed(site: Site) -> None:
    """A second webhook says FAILED: a reversal returns the money, the withdrawal stays SUCCESS."""
    ada = site.new_customer(FUNDS)
    reference = start(ada)
    wait_for_status(ada, reference, "SUCCESS")

    site.vendor.end_transfer(reference, "FAILED")
    eventually(lambda: ada.balance == "2000.00")

    returned = ada.transactions(type="REVERSAL")
    assert [row["meta"]["reverses"] for row in returned] == [reference]
    assert ada.transaction(reference)["status"] == "SUCCESS"


def test_a_transfer_is_booked_once_although_the_database_restarts_meanwhile(site: Site) -> None:
    """The hold survives the restart, and the payout is booked once."""
    site.vendor.transfers(outcome="successful", delay_s=2)
    ada = site.new_customer(FUNDS)

    reference = start(ada)
    site.stop_part("database")
    site.start_part("database")
    wait_for_status(ada, reference, "SUCCESS")

    check_paid_once(site, ada, reference)


def test_a_withdrawal_is_accepted_without_broker_and_valkey_and_sent_by_the_sweep(
    site: Site,
) -> None:
    """202 and a hold at the request; the sweep sends the transfer when the broker is back."""
    ada = site.new_customer(FUNDS)

    site.stop_part("valkey")
    site.stop_part("broker")
    reference = start(ada)
    held = ada.read("/wallet/")["held"]
    site.start_part("broker")
    site.start_part("valkey")
    wait_for_status(ada, reference, "SUCCESS")

    assert held == "1010.75"
    check_paid_once(site, ada, reference)
