"""Whether anything is sold: the circuit, the float, the keys, and a cache that is away."""

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
def generous(networks: Networks, settings: Any) -> None:
    networks.behave(deliver_any=True)
    settings.CIRCUIT_FAILURES = 3


def refused(answer: Any, expected: str) -> bool:
    return (answer.status_code, error_code(answer)) == (503, expected)


def is_untouched(customer: Customer) -> bool:
    wallet = customer.wallet
    return (wallet.balance, wallet.held, len(customer.entries())) == (10_000_00, 0, 1)


# --- The circuit ------------------------------------------------------------------------------


def test_a_vendor_that_keeps_failing_is_left_alone(rich: Customer, networks: Networks) -> None:
    """After three failures in a row: 503, nothing held or written, and no call."""
    networks.fault("http_500", times=3)
    for _ in range(3):
        assert rich.buy(PHONE).status_code == 202

    answer = rich.buy(PHONE)

    assert refused(answer, "vendor_unavailable")
    assert answer["Retry-After"]
    assert (len(purchases_of(rich)), networks.count_pays()) == (3, 3)
    assert rich.wallet.held == 1_500_00


def test_failures_that_are_not_in_a_row_close_nothing(rich: Customer, networks: Networks) -> None:
    """A purchase that works in between starts the row anew."""
    for _ in range(3):
        networks.fault("http_500")
        rich.buy(PHONE)
        assert rich.buy(PHONE).status_code == 200

    assert networks.count_pays() == 6


def test_requeries_that_fail_count_as_well(rich: Customer, networks: Networks) -> None:
    """A vendor that cannot be asked is not sold from either."""
    networks.answer(status="pending", record="delivered")
    reference = reference_in(rich.buy(PHONE))
    networks.fault("malformed", endpoint="requery", times=3)
    for _ in range(3):
        requery_purchase(reference)

    assert refused(rich.buy(PHONE), "vendor_unavailable")
    assert networks.count_pays() == 1


def test_a_refusal_of_one_customers_order_is_no_failure(rich: Customer, networks: Networks) -> None:
    """The vendor answered as it should: the next order is sent."""
    networks.answer(code="030", times=5)

    for _ in range(5):
        rich.buy(PHONE)

    assert rich.buy(PHONE).status_code == 200


def half_open(settings: Any) -> None:
    """The circuit opened some time ago, and its pause is over."""
    settings.CIRCUIT_OPEN_S = 0.001
    availability.CIRCUIT.trip("a test")
    settings.CIRCUIT_OPEN_S = 30


def test_one_purchase_tries_whether_the_vendor_is_back(
    rich: Customer, networks: Networks, settings: Any
) -> None:
    """Of eight at once the first is sent; those that came before its success were refused."""
    half_open(settings)

    answers = run_together(8, lambda n: rich.buy(f"0803123450{n}"))

    sold = [answer for answer in answers if answer.status_code == 200]
    assert all(refused(a, "vendor_unavailable") for a in answers if a.status_code != 200)
    assert len(sold) == len(purchases_of(rich)) == networks.count_pays() >= 1
    assert rich.buy(PHONE).status_code == 200
    check_money(rich.wallet)


def test_while_the_one_tries_nobody_else_does(
    rich: Customer, networks: Networks, settings: Any
) -> None:
    """One at a time: an order whose probe is still open keeps all others out."""
    half_open(settings)
    availability.CIRCUIT.check()

    answers = run_together(8, lambda n: rich.buy(f"0803123450{n}"))

    assert all(refused(answer, "vendor_unavailable") for answer in answers)
    assert networks.count_pays() == 0
    assert is_untouched(rich)


def test_one_that_fails_closes_the_door_again(
    rich: Customer, networks: Networks, settings: Any
) -> None:
    """Half-open, one failure is enough."""
    half_open(settings)
    networks.fault("http_500")

    first, second = rich.buy(PHONE), rich.buy(PHONE)

    assert first.status_code == 202
    assert refused(second, "vendor_unavailable")
    assert networks.count_pays() == 1


def test_a_requery_that_is_answered_opens_the_door(
    rich: Customer, networks: Networks, settings: Any
) -> None:
    """The first sign of life suffices, whoever hears it."""
    networks.answer(status="pending", record="delivered")
    reference = reference_in(rich.buy(PHONE))
    availability.CIRCUIT.trip("a test")
    before = refused(rich.buy(PHONE), "vendor_unavailable")

    requery_purchase(reference)

    assert before
    assert rich.buy(PHONE).status_code == 200


def test_a_door_that_many_knock_at_is_opened_all_the_same(
    rich: Customer, networks: Networks, settings: Any
) -> None:
    """Orders that are refused meanwhile do not make the pause longer."""
    settings.CIRCUIT_OPEN_S = 1
    availability.CIRCUIT.trip("a test")

    first = rich.buy(PHONE)
    eventually(lambda: rich.buy(PHONE).status_code == 200, within_s=20)

    assert refused(first, "vendor_unavailable")
    assert networks.count_pays() == 1


# --- The float --------------------------------------------------------------------------------


def test_a_low_float_stops_sales_until_it_is_topped_up(
    rich: Customer, networks: Networks, settings: Any
) -> None:
    """The watch sees it: sold out, with nothing held and no call; and sees it full again."""
    settings.VTPASS_LOW_FLOAT_KOBO = 5_000_00
    networks.set_float("4999.99")
    tasks.watch_float()

    low = rich.buy(PHONE)
    calls = networks.count_pays()
    networks.set_float("5000.00")
    still = rich.buy(PHONE)
    tasks.watch_float()
    full = rich.buy(PHONE)

    assert refused(low, "vendor_low_balance")
    assert refused(still, "vendor_low_balance")
    assert (calls, full.status_code) == (0, 200)
    assert len(purchases_of(rich)) == 1


def test_a_float_with_noise_is_read_to_the_kobo(networks: Networks, settings: Any) -> None:
    """A binary fraction just below the limit is below it: nothing is rounded up."""
    settings.VTPASS_LOW_FLOAT_KOBO = 5_000_00
    networks.behave(balance_noise=True)
    networks.set_float("5000.00")
    tasks.watch_float()

    with pytest.raises(availability.VendorLowBalance):
        availability.check_open()
    networks.set_float("5000.01")
    tasks.watch_float()

    availability.check_open()


def test_an_empty_float_is_noticed_by_the_first_sale(
    rich: Customer, networks: Networks, settings: Any
) -> None:
    """018 stops all others; the money is back, and the watch lets them in again."""
    networks.set_float("100")

    first, second = rich.buy(PHONE), rich.buy(PHONE)
    networks.set_float("100000")
    tasks.watch_float()
    third = rich.buy(PHONE)

    assert refused(first, "vendor_low_balance")
    assert "back in your wallet" in first.json()["error"]["message"]
    assert refused(second, "vendor_low_balance")
    assert (third.status_code, networks.count_pays()) == (200, 2)
    check_money(rich.wallet)


@pytest.mark.parametrize("kind", ["http_500", "malformed", "reset"])
def test_a_float_that_cannot_be_asked_for_changes_nothing(
    rich: Customer, networks: Networks, kind: str
) -> None:
    """Sales neither stop nor start for that; the next watch asks again."""
    networks.fault(kind, endpoint="balance", times=5)

    tasks.watch_float()

    assert rich.buy(PHONE).status_code == 200


# --- No keys ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["VTPASS_API_KEY", "VTPASS_PUBLIC_KEY", "VTPASS_SECRET_KEY"])
def test_without_keys_nothing_is_sold_and_all_else_works(
    rich: Customer, networks: Networks, settings: Any, name: str
) -> None:
    """Every door of the shop is a 503 that says so; wallets and tasks do not mind."""
    setattr(settings, name, "")

    answers = [
        rich.buy(PHONE),
        rich.get("/airtime/services"),
        rich.get("/airtime/services/mtn-data/variations"),
    ]
    tasks.refresh_catalogue()
    tasks.watch_float()

    assert all(refused(answer, "airtime_disabled") for answer in answers)
    assert is_untouched(rich)
    assert networks.count_pays() == 0
    assert rich.get("/wallet/").status_code == 200
    assert rich.withdraw("1000").status_code == 202


def test_without_keys_old_purchases_can_still_be_seen(
    rich: Customer, networks: Networks, settings: Any
) -> None:
    """What was bought stays in its buyer's history."""
    reference = reference_in(rich.buy(PHONE))
    settings.VTPASS_SECRET_KEY = ""

    assert rich.get(f"/airtime/transactions/{reference}").json()["status"] == "SUCCESS"


# --- No cache ---------------------------------------------------------------------------------


@pytest.fixture
def without_cache(settings: Any) -> None:
    """Redis at an address where nobody answers."""
    default = settings.CACHES["default"]
    settings.CACHES = {"default": {**default, "LOCATION": "redis://127.0.0.1:1/0"}}


def test_without_redis_everything_is_sold_and_settled(
    rich: Customer, networks: Networks, without_cache: None
) -> None:
    """Circuit, float and catalogue do without: bought, refused, called back and requeried."""
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
    assert refused(sold_out, "vendor_low_balance")
    assert refused(forbidden, "vendor_unavailable")
    assert rich.transaction(waiting.reference).status == "SUCCESS"
    assert (rich.wallet.balance, rich.wallet.held) == (9_000_00, 0)
    check_money(rich.wallet)


def test_a_watch_without_redis_is_no_failure(networks: Networks, without_cache: None) -> None:
    """Neither with a full float nor with an empty one is there anything to retry."""
    tasks.watch_float()
    networks.set_float("1")
    tasks.watch_float()
