"""Money out, while parts die and vendors misbehave: nobody is paid twice, nothing is lost."""

from __future__ import annotations

import pytest

from tests.faults.conftest import Site
from tests.support.app import Person
from tests.support.waiting import eventually

pytestmark = pytest.mark.rabbitmq
PAID = [("payable:bank_transfer", 1000_00), ("income:fees", 10_75)]


def funded(site: Site) -> Person:
    person = site.app.customer()
    funding = person.fund("2000.00")
    person.pay(funding)
    person.wait_for(funding["tx_ref"], "SUCCESS")
    return person


def withdraw(person: Person) -> str:
    body = {"amount": "1000", "bank_code": "044", "account_number": "0690000031"}
    answer = person.http.post(f"{person.app.api}/wallet/withdraw", json=body, timeout=60)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["tx_ref"])


def ends(person: Person, reference: str, status: str) -> None:
    eventually(lambda: person.transaction(reference)["status"] == status, within_s=60)


def paid_once(site: Site, person: Person, reference: str) -> None:
    """One payout at the vendor, its two entries with us, and the rest in the wallet."""
    [payout] = site.app.vendor.payouts(reference)
    assert payout["status"] == "SUCCESSFUL"
    assert [(credit, amount) for _, credit, amount in site.entries_of(reference)] == PAID
    wallet = person.get("/wallet/")
    assert (wallet["balance"], wallet["held"]) == ("989.25", "0.00")


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
def test_a_vendor_that_loses_calls_or_answers(site: Site, kind: str) -> None:
    """Accepted or not, told or not: in the end the customer is paid, once."""
    ada = funded(site)
    site.app.vendor.fault(kind, endpoint="transfers", hang_s=4)

    reference = withdraw(ada)
    ends(ada, reference, "SUCCESS")

    paid_once(site, ada, reference)


def test_a_webhook_twice_with_different_words(site: Site) -> None:
    """Paid, then come back: the money is returned by a reversal, and a case is open."""
    ada = funded(site)
    reference = withdraw(ada)
    ends(ada, reference, "SUCCESS")

    site.app.vendor.end_transfer(reference, "FAILED")
    eventually(lambda: ada.balance == "2000.00")

    returned = ada.get("/wallet/transactions", type="REVERSAL")["results"]
    assert [row["meta"]["reverses"] for row in returned] == [reference]
    assert ada.transaction(reference)["status"] == "SUCCESS"


def test_the_database_restarted_while_a_transfer_is_on_its_way(site: Site) -> None:
    """What was held stays held, what was paid is booked, once."""
    site.app.vendor.transfers(outcome="successful", delay_s=2)
    ada = funded(site)

    reference = withdraw(ada)
    site.stack.processes["database"].kill()
    site.stack.restart("database")
    ends(ada, reference, "SUCCESS")

    paid_once(site, ada, reference)


def test_the_broker_and_valkey_away_at_the_request(site: Site) -> None:
    """The withdrawal is accepted all the same, and the clock sends it."""
    ada = funded(site)

    site.stack.processes["valkey"].kill()
    site.broker.cut()
    reference = withdraw(ada)
    held = ada.get("/wallet/")["held"]
    site.broker.restore()
    site.stack.restart("valkey")
    ends(ada, reference, "SUCCESS")

    assert held == "1010.75"
    paid_once(site, ada, reference)
