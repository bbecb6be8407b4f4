"""The list of banks, and the check of a bank account."""

from datetime import timedelta

import pytest

from payflow.kernel import clock
from tests.support.customer import error_code
from tests.support.people import Customer
from tests.support.vendor import Vendor

pytestmark = pytest.mark.usefixtures("db")


def test_banks_are_listed_and_searched_from_the_cache(customer: Customer, vendor: Vendor) -> None:
    """By name or code, with leading zeros, and without a second call to the vendor."""
    everything = customer.get("/wallet/flutterwave/get-banks").json()["results"]
    vendor.fault("http_500", endpoint="banks", times=20)

    by_name = customer.get("/wallet/flutterwave/get-banks", q="gtb").json()["results"]
    by_code = customer.get("/wallet/flutterwave/get-banks", q="044").json()["results"]

    assert len(everything) > 5
    assert [bank["code"] for bank in by_name] == ["058"]
    assert [bank["name"] for bank in by_code] == ["Access Bank"]


def test_a_stale_list_is_served_while_the_vendor_is_unavailable(
    customer: Customer, vendor: Vendor
) -> None:
    """Twenty days old."""
    from wallets.withdrawals import banks

    banks.list_banks(now=clock.now())
    vendor.fault("http_500", endpoint="banks", times=20)

    stale = banks.list_banks(now=clock.now() + timedelta(days=20))

    assert len(stale) > 5


def test_without_a_list_and_without_the_vendor_there_is_a_503(
    customer: Customer, vendor: Vendor
) -> None:
    """No list is invented."""
    vendor.fault("http_500", endpoint="banks", times=20)

    answer = customer.get("/wallet/flutterwave/get-banks")

    assert (answer.status_code, error_code(answer)) == (503, "vendor_unavailable")


def test_a_bank_account_is_verified_by_its_bank(customer: Customer) -> None:
    """The owner's name, and whether the check digit fits."""
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
def test_an_invalid_bank_account_is_refused(
    customer: Customer, query: dict[str, str], status: int, expected: str
) -> None:
    """A wrong shape before the bank is asked; an unknown account with a 422."""
    answer = customer.get("/wallet/flutterwave/verify-bank", **query)

    assert (answer.status_code, error_code(answer)) == (status, expected)
