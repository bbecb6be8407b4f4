"""When sales stop: the circuit, the float, missing keys, and a missing cache."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from redis.exceptions import RedisError

from airtime import availability, tasks
from tests.support.airtime import purchase_update, purchases_of, reference_in, requery_purchase
from tests.support.customer import error_code
from tests.support.invariants import check_money
from tests.support.networks import Networks
from tests.support.people import Customer
from tests.support.threads import run_together
from tests.support.waiting import eventually

pytestmark = pytest.mark.usefixtures("db")
PHONE = "08031234567"


@pytest.fixture(autouse=True)
def delivering(networks: Networks, settings: Any) -> None:
    networks.behave(deliver_any=True)
    settings.CIRCUIT_FAILURES = 3


def is_refused(answer: Any, expected: str) -> bool:
    return (answer.status_code, error_code(answer)) == (503, expected)


def is_untouched(customer: Customer) -> bool:
    wallet = customer.wallet
    return (wallet.balance, wallet.held, len(customer.entries())) == (10_000_00, 0, 1)


# --- The circuit ------------------------------------------------------------------------------


def test_three_failures_in_a_row_stop_sales(rich: Customer, networks: Networks) -> None:
    """503; nothing is held, written or sent."""
    networks.fault("http_500", times=3)
    for _ in range(3):
        assert rich.buy(PHONE).status_code == 202

    answer = rich.buy(PHONE)

    assert is_refused(answer, "vendor_unavailable")
    assert answer["Retry-After"]
    assert (len(purchases_of(rich)), networks.count_pays()) == (3, 3)
    assert rich.wallet.held == 1_500_00


def test_failures_that_are_not_in_a_row_stop_nothing(rich: Customer, networks: Networks) -> None:
    """A success in between starts the count again."""
    for _ in range(3):
        networks.fault("http_500")
        rich.buy(PHONE)
        assert rich.buy(PHONE).status_code == 200

    assert networks.count_pays() == 6


def test_failed_requeries_count_as_failures(rich: Customer, networks: Networks) -> None:
    """Sales stop while the vendor cannot be asked."""
    networks.answer(status="pending", record="delivered")
    reference = reference_in(rich.buy(PHONE))
    networks.fault("malformed", endpoint="requery", times=3)
    for _ in range(3):
        requery_purchase(reference)

    assert is_refused(rich.buy(PHONE), "vendor_unavailable")
    assert networks.count_pays() == 1


def test_a_refused_order_is_no_failure_of_the_vendor(rich: Customer, networks: Networks) -> None:
    """The next order is sent."""
    networks.answer(code="030", times=5)

    for _ in range(5):
        rich.buy(PHONE)

    assert rich.buy(PHONE).status_code == 200


def half_open(settings: Any) -> None:
    """The circuit was opened, and its pause is over."""
    settings.CIRCUIT_OPEN_S = 0.001
    availability.CIRCUIT.trip("a test")
    settings.CIRCUIT_OPEN_S = 30


def test_a_half_open_circuit_sends_one_purchase(
    rich: Customer, networks: Networks, settings: Any
) -> None:
    """Of eight together the first is sent; those before its success are refused."""
    half_open(settings)

    answers = run_together(8, lambda n: rich.buy(f"0803123450{n}"))

    sold = [answer for answer in answers if answer.status_code == 200]
    assert all(is_refused(a, "vendor_unavailable") for a in answers if a.status_code != 200)
    assert len(sold) == len(purchases_of(rich)) == networks.count_pays() >= 1
    assert rich.buy(PHONE).status_code == 200
    check_money(rich.wallet)


def test_a_half_open_circuit_refuses_all_others_during_the_probe(
    rich: Customer, networks: Networks, settings: Any
) -> None:
    """While the probe's answer is open, every other order is refused."""
    half_open(settings)
    availability.CIRCUIT.check()

    answers = run_together(8, lambda n: rich.buy(f"0803123450{n}"))

    assert all(is_refused(answer, "vendor_unavailable") for answer in answers)
    assert networks.count_pays() == 0
    assert is_untouched(rich)


def test_a_failed_probe_opens_the_circuit_again(
    rich: Customer, networks: Networks, settings: Any
) -> None:
    """In the half-open state one failure is enough."""
    half_open(settings)
    networks.fault("http_500")

    first, second = rich.buy(PHONE), rich.buy(PHONE)

    assert first.status_code == 202
    assert is_refused(second, "vendor_unavailable")
    assert networks.count_pays() == 1


def test_an_answered_requery_closes_the_circuit(
    rich: Customer, networks: Networks, settings: Any
) -> None:
    """Any answer of the vendor is enough."""
    networks.answer(status="pending", record="delivered")
    reference = reference_in(rich.buy(PHONE))
    availability.CIRCUIT.trip("a test")
    before = is_refused(rich.buy(PHONE), "vendor_unavailable")

    requery_purchase(reference)

    assert before
    assert rich.buy(PHONE).status_code == 200


def test_refused_orders_do_not_lengthen_the_pause(
    rich: Customer, networks: Networks, settings: Any
) -> None:
    """The pause ends on time although orders come meanwhile."""
    settings.CIRCUIT_OPEN_S = 1
    availability.CIRCUIT.trip("a test")

    first = rich.buy(PHONE)
    eventually(lambda: rich.buy(PHONE).status_code == 200, within_s=20)

    assert is_refused(first, "vendor_unavailable")
    assert networks.count_pays() == 1


# --- The float --------------------------------------------------------------------------------


def test_a_low_float_stops_sales_until_it_is_topped_up(
    rich: Customer, networks: Networks, settings: Any
) -> None:
    """The watch finds it: nothing is held or sent; after the top-up sales go on."""
    settings.VTPASS_LOW_FLOAT_KOBO = 5_000_00
    networks.set_float("4999.99")
    tasks.watch_float()

    low = rich.buy(PHONE)
    calls = networks.count_pays()
    networks.set_float("5000.00")
    still = rich.buy(PHONE)
    tasks.watch_float()
    full = rich.buy(PHONE)

    assert is_refused(low, "vendor_low_balance")
    assert is_refused(still, "vendor_low_balance")
    assert (calls, full.status_code) == (0, 200)
    assert len(purchases_of(rich)) == 1


def test_a_float_with_noise_is_read_to_the_kobo(networks: Networks, settings: Any) -> None:
    """A binary fraction below the limit is below it: nothing is rounded up."""
    settings.VTPASS_LOW_FLOAT_KOBO = 5_000_00
    networks.behave(balance_noise=True)
    networks.set_float("5000.00")
    tasks.watch_float()

    with pytest.raises(availability.VendorLowBalance):
        availability.check_open("mtn", 500_00)
    networks.set_float("5000.01")
    tasks.watch_float()

    availability.check_open("mtn", 500_00)


def test_the_first_018_stops_sales(rich: Customer, networks: Networks, settings: Any) -> None:
    """The money is back; the watch allows sales again."""
    networks.set_float("100")

    first, second = rich.buy(PHONE), rich.buy(PHONE)
    networks.set_float("100000")
    tasks.watch_float()
    third = rich.buy(PHONE)

    assert is_refused(first, "vendor_low_balance")
    assert "back in your wallet" in first.json()["error"]["message"]
    assert is_refused(second, "vendor_low_balance")
    assert (third.status_code, networks.count_pays()) == (200, 2)
    check_money(rich.wallet)


@pytest.mark.parametrize("kind", ["http_500", "malformed", "reset"])
def test_an_unreadable_float_changes_nothing(rich: Customer, networks: Networks, kind: str) -> None:
    """Sales neither stop nor start; the next watch asks again."""
    networks.fault(kind, endpoint="balance", times=5)

    tasks.watch_float()

    assert rich.buy(PHONE).status_code == 200


# --- No keys ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["VTPASS_API_KEY", "VTPASS_PUBLIC_KEY", "VTPASS_SECRET_KEY"])
def test_without_keys_airtime_is_disabled_and_wallets_work(
    rich: Customer, networks: Networks, settings: Any, name: str
) -> None:
    """Every airtime endpoint is a 503 airtime_disabled; wallets and tasks work."""
    setattr(settings, name, "")

    answers = [
        rich.buy(PHONE),
        rich.get("/airtime/services"),
        rich.get("/airtime/services/mtn-data/variations"),
    ]
    tasks.refresh_catalogue()
    tasks.watch_float()

    assert all(is_refused(answer, "airtime_disabled") for answer in answers)
    assert is_untouched(rich)
    assert networks.count_pays() == 0
    assert rich.get("/wallet/").status_code == 200
    assert rich.withdraw("1000").status_code == 202


def test_without_keys_old_purchases_are_still_shown(
    rich: Customer, networks: Networks, settings: Any
) -> None:
    """They stay in the customer's history."""
    reference = reference_in(rich.buy(PHONE))
    settings.VTPASS_SECRET_KEY = ""

    assert rich.get(f"/airtime/transactions/{reference}").json()["status"] == "SUCCESS"


# --- No cache ---------------------------------------------------------------------------------


def test_without_redis_everything_is_sold_and_settled(
    rich: Customer, networks: Networks, without_cache: None
) -> None:
    """Without circuit, float and catalogue cache: sold, refused, called back and requeried."""
    bought = rich.buy(PHONE)
    networks.answer(code="018")
    sold_out = rich.buy(PHONE)
    networks.answer(code="087")
    forbidden = rich.buy(PHONE)
    networks.answer(status="pending", record="delivered")
    waiting = rich.transaction(reference_in(rich.buy(PHONE)))
    rich.client.generic("POST", "/api/v1/airtime/vtpass/webhook", purchase_update("2026"))
    requery_purchase(waiting.reference)

    with pytest.raises(RedisError):
        cache.get("anything")
    assert bought.status_code == 200
    assert is_refused(sold_out, "vendor_low_balance")
    assert is_refused(forbidden, "vendor_unavailable")
    assert rich.transaction(waiting.reference).status == "SUCCESS"
    assert (rich.wallet.balance, rich.wallet.held) == (9_000_00, 0)
    check_money(rich.wallet)


def test_a_watch_without_redis_does_not_fail(networks: Networks, without_cache: None) -> None:
    """With a full or an empty float there is nothing to retry."""
    tasks.watch_float()
    networks.set_float("1")
    tasks.watch_float()
