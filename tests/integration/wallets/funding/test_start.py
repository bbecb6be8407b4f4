"""The start of a funding."""

from datetime import timedelta
from typing import Any

import pytest

from payflow.kernel import clock, failpoints
from tests.support.people import Customer
from tests.support.threads import run_together
from tests.support.vendor import Vendor
from wallets import requery
from wallets.ledger.documents import Transaction, TransactionStatus

pytestmark = pytest.mark.usefixtures("db")


def fundings(customer: Customer) -> list[Transaction]:
    return list(Transaction.objects(user_id=customer.user.pk))


def test_a_new_funding_is_pending_with_a_link(customer: Customer, vendor: Vendor) -> None:
    """The answer has the reference, the page's link and when it expires; no money has moved."""
    body = customer.fund("1500.00")

    assert body["link"].startswith(vendor.url)
    assert body["tx_ref"] == body["transaction"]["reference"]
    assert body["transaction"]["status"] == "PENDING"
    assert body["transaction"]["amount"] == "1500.00"
    assert body["expires_at"] > body["transaction"]["created_at"]
    assert customer.wallet.balance == 0
    assert customer.entries() == []


@pytest.mark.parametrize(
    ("amount", "status", "code"),
    [
        ("99.99", 422, "amount_out_of_range"),
        ("10000000.01", 422, "amount_out_of_range"),
        ("0", 400, "validation_error"),
        ("-5", 400, "validation_error"),
        ("100.001", 400, "validation_error"),
        ("NaN", 400, "validation_error"),
        ("Infinity", 400, "validation_error"),
        ("1e400", 400, "validation_error"),
        ("lots", 400, "validation_error"),
        (None, 400, "validation_error"),
        ([100], 400, "validation_error"),
        (True, 400, "validation_error"),
    ],
)
def test_an_invalid_amount_is_refused(
    customer: Customer, vendor: Vendor, amount: Any, status: int, code: str
) -> None:
    """A 4xx with a code; neither we nor the vendor write anything."""
    answer = customer.client.post("/api/v1/wallet/fund", {"amount": amount}, format="json")

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert fundings(customer) == []


@pytest.mark.parametrize("amount", ["100", "100.00", "100.5", "10000000"])
def test_the_least_and_the_greatest_amount_are_accepted(
    customer: Customer, vendor: Vendor, amount: object
) -> None:
    """As texts."""
    answer = customer.client.post("/api/v1/wallet/fund", {"amount": amount}, format="json")

    assert answer.status_code == 201


def test_another_currency_is_refused(customer: Customer, vendor: Vendor) -> None:
    """The error names the currency."""
    answer = customer.post("/wallet/fund", {"amount": "100", "currency": "usd"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "currency_unsupported")


def test_the_same_key_gives_the_same_answer(customer: Customer, vendor: Vendor) -> None:
    """The same request, even written differently, opens no second page."""
    first = customer.fund("1500.00", key="k-1")
    again = customer.fund("1500", key="k-1")

    assert again == first
    assert len(fundings(customer)) == 1


def test_the_same_key_with_another_body_is_a_conflict(customer: Customer, vendor: Vendor) -> None:
    """The second request writes nothing."""
    customer.fund("1500.00", key="k-1")

    answer = customer.post("/wallet/fund", {"amount": "1500.01"}, key="k-1")

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "idempotency_conflict")
    assert len(fundings(customer)) == 1


def test_a_key_belongs_to_one_customer(new_customer: Any, vendor: Vendor) -> None:
    """Two customers may use the same key."""
    one, two = new_customer(), new_customer()

    assert one.fund(key="k-1")["tx_ref"] != two.fund(key="k-1")["tx_ref"]


def test_without_a_key_each_request_is_a_new_funding(customer: Customer, vendor: Vendor) -> None:
    """Two requests are two fundings."""
    assert customer.fund()["tx_ref"] != customer.fund()["tx_ref"]


def test_eight_concurrent_requests_with_one_key_are_one_funding(
    customer: Customer, vendor: Vendor
) -> None:
    """One of them opens it; the others get its answer or a 409."""
    answers = run_together(
        8, lambda _: customer.post("/wallet/fund", {"amount": "1500"}, key="k-1")
    )

    codes = {a.status_code for a in answers}
    assert codes <= {201, 409} and 201 in codes
    refused = [a.json()["error"]["code"] for a in answers if a.status_code == 409]
    assert set(refused) <= {"request_in_progress"}
    assert len({a.json()["tx_ref"] for a in answers if a.status_code == 201}) == 1
    assert len(fundings(customer)) == 1
    assert customer.fund("1500", key="k-1")["tx_ref"] == fundings(customer)[0].reference


def test_a_request_that_fails_after_the_sweep_expired_it_is_a_503(
    customer: Customer, vendor: Vendor, request: pytest.FixtureRequest
) -> None:
    """The hanging request is answered like any other that failed."""
    vendor.fault("reset", endpoint="payments")

    def sweep(name: str, where: str) -> None:
        if (name, where) == ("before-vendor", "/payments"):
            failpoints.set_action(None)
            [pending] = fundings(customer)
            much_later = clock.now() + timedelta(hours=2)
            requery.requery(reference=pending.reference, now=much_later)

    request.addfinalizer(lambda: failpoints.set_action(None))
    failpoints.set_action(sweep)
    answer = customer.post("/wallet/fund", {"amount": "500"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "vendor_unavailable")
    assert [t.status for t in fundings(customer)] == [TransactionStatus.FAILED]


@pytest.mark.parametrize(
    "kind", ["timeout_before", "timeout_after", "http_500", "malformed", "reset", "http_429"]
)
def test_a_vendor_failure_is_a_503_and_a_failed_funding(
    customer: Customer, vendor: Vendor, kind: str
) -> None:
    """The key can be used again."""
    vendor.fault(kind, endpoint="payments", hang_s=5)

    answer = customer.post("/wallet/fund", {"amount": "1500"}, key="k-1")

    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "vendor_unavailable")
    assert answer["Retry-After"]
    [failed] = fundings(customer)
    assert failed.status is TransactionStatus.FAILED
    again = customer.fund("1500", key="k-1")
    assert again["tx_ref"] != failed.reference


def start_without_page(customer: Customer, age: timedelta) -> Transaction:
    """A funding whose process died after the intent and before the vendor's answer."""
    customer.fund("1500", key="k-1")
    [transaction] = fundings(customer)
    Transaction.objects(pk=transaction.pk).update_one(
        unset__link=1, set__updated_at=clock.now() - age
    )
    return transaction


def test_the_key_of_a_dead_request_opens_its_funding(customer: Customer, vendor: Vendor) -> None:
    """When the first request must be dead, the second opens the page of the same funding."""
    transaction = start_without_page(customer, timedelta(minutes=5))

    answer = customer.fund("1500", key="k-1")

    assert answer["tx_ref"] == transaction.reference
    assert answer["link"]
    assert len(fundings(customer)) == 1


def test_the_key_of_a_running_request_gets_a_409(customer: Customer, vendor: Vendor) -> None:
    """It opens nothing."""
    start_without_page(customer, timedelta(seconds=1))

    answer = customer.post("/wallet/fund", {"amount": "1500"}, key="k-1")

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "request_in_progress")
    assert answer["Retry-After"]
    assert fundings(customer)[0].link is None
