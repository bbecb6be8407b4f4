"""The list of banks, and the check of a bank account."""

from datetime import timedelta

import pytest

from payflow.kernel import clock
from tests.support.customer import error_code
from tests.support.people import Customer
from tests.support.vendor import Vendor

pytestmark = pytest.mark.usefixtures("db")


def test_banks_are_listed_searched_and_kept(customer: Customer, vendor: Vendor) -> None:
    """Asked for once; leading zeros stay; a search goes by name or code."""
    everything = customer.get("/wallet/flutterwave/get-banks").json()["results"]
    vendor.fault("http_500", endpoint="banks", times=20)

    by_name = customer.get("/wallet/flutterwave/get-banks", q="gtb").json()["results"]
    by_code = customer.get("/wallet/flutterwave/get-banks", q="044").json()["results"]

    assert len(everything) > 5
    assert [bank["code"] for bank in by_name] == ["058"]
    assert [bank["name"] for bank in by_code] == ["Access Bank"]


def test_stale_banks_are_better_than_none(customer: Customer, vendor: Vendor) -> None:
    """When the vendor is down the last known list is served, however old."""
    from wallets.withdrawals import banks

    banks.list_banks(now=clock.now())
    vendor.fault("http_500", endpoint="banks", times=20)

    stale = banks.list_banks(now=clock.now() + timedelta(days=20))

    assert len(stale) > 5


def test_without_a_list_and_without_the_vendor_there_is_a_503(
    customer: Customer, vendor: Vendor
) -> None:
    """Nothing is made up."""
    vendor.fault("http_500", endpoint="banks", times=20)

    answer = customer.get("/wallet/flutterwave/get-banks")

    assert (answer.status_code, error_code(answer)) == (503, "vendor_unavailable")


def test_an_account_is_verified_by_its_bank(customer: Customer) -> None:
    """The owner's name, and the check digit as a hint."""
    answer = customer.get(
        "/wallet/flutterwave/verify-bank", bank_code="044", account_number="0690000031"
    )

    body = answer.json()
    assert body["account_name"] == "Forrest Green"
    assert body["check_digit_ok"] in (True, False)


@pytest.mark.parametrize(
    ("query", "status", "expected"),
    [
        ({"bank_code": "044"}, 400, "validation_error"),
        ({"bank_code": "044", "account_number": "12"}, 400, "validation_error"),
        ({"bank_code": "044", "account_number": "0690000000"}, 422, "account_not_resolved"),
    ],
)
def test_an_account_that_cannot_be_is_refused(
    customer: Customer, query: dict[str, str], status: int, expected: str
) -> None:
    """The shape is checked before the bank is asked; the bank's no is a 422."""
    answer = customer.get("/wallet/flutterwave/verify-bank", **query)

    assert (answer.status_code, error_code(answer)) == (status, expected)
