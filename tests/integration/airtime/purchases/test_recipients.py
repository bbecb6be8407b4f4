"""The phone number of a purchase: its spellings, and a warning for another network's number."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.airtime import purchases_of
from tests.support.customer import error_code
from tests.support.networks import Networks
from tests.support.people import Customer

pytestmark = pytest.mark.usefixtures("db")
TEST_NUMBERS = ["201000000000", "300000000000", "400000000000", "500000000000"]


@pytest.fixture(autouse=True)
def delivering(networks: Networks) -> None:
    networks.behave(deliver_any=True, hang_s=0)


@pytest.mark.parametrize(
    "written",
    ["08031234567", "+2348031234567", "2348031234567", "0803 123 4567", "+234-803-123-4567"],
)
def test_a_number_is_sent_as_it_is_dialled_in_nigeria(
    rich: Customer, networks: Networks, written: str
) -> None:
    """In any spelling: 0803... is sent to the vendor and shown to the customer."""
    answer = rich.buy(written)

    assert answer.json()["transaction"]["meta"]["phone"] == "08031234567"
    assert len(networks.purchases("08031234567")) == 1


@pytest.mark.parametrize("written", ["0803123456", "+447911123456", "0803CALLNOW", "014601234"])
def test_an_invalid_number_is_refused(rich: Customer, networks: Networks, written: str) -> None:
    """422; nothing is held, written or sent."""
    answer = rich.buy(written)

    assert (answer.status_code, error_code(answer)) == (422, "phone_invalid")
    assert (rich.wallet.balance, rich.wallet.held) == (10_000_00, 0)
    assert (purchases_of(rich), networks.count_pays()) == ([], 0)


@pytest.mark.parametrize("body", [{"phone": ""}, {"phone": "0" * 26}, {"phone": ["08031234567"]}])
def test_a_number_that_is_no_text_is_refused(rich: Customer, body: dict[str, Any]) -> None:
    """400, before it is read as a phone number."""
    answer = rich.post("/airtime/purchase", {"service_id": "mtn", "amount": "100", **body})

    assert (answer.status_code, error_code(answer)) == (400, "validation_error")


def test_a_number_of_another_network_gets_a_warning(rich: Customer, networks: Networks) -> None:
    """It may have been ported, so it is bought. A matching number gets no warning."""
    odd = rich.buy("08051234567").json()["transaction"]
    usual = rich.buy("08031234567").json()["transaction"]

    assert odd["status"] == usual["status"] == "SUCCESS"
    assert "Glo" in odd["meta"]["warning"]
    assert "MTN" in odd["meta"]["warning"]
    assert "warning" not in usual["meta"]


@pytest.mark.parametrize("number", TEST_NUMBERS)
def test_test_numbers_are_accepted_in_sandbox_mode_only(
    rich: Customer, networks: Networks, settings: Any, number: str
) -> None:
    """Elsewhere they are refused as invalid."""
    in_sandbox = rich.buy(number)
    sent = networks.purchases(number)
    settings.VTPASS_SANDBOX_MODE = False
    elsewhere = rich.buy(number)

    assert (in_sandbox.status_code, len(sent)) == (202, 1)
    assert (elsewhere.status_code, error_code(elsewhere)) == (422, "phone_invalid")
    assert len(purchases_of(rich)) == networks.count_pays() == 1
