"""A withdrawal request: accepted with a hold, or refused without one."""

import threading
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from payflow.kernel import clock
from tests.support.customer import error_code
from tests.support.invariants import check_money
from tests.support.locks import lock
from tests.support.people import Customer
from tests.support.threads import run_together
from tests.support.vendor import Vendor
from tests.support.withdrawals import (
    fail_transfer,
    start,
)
from wallets.ledger.documents import (
    Transaction,
    Wallet,
)
from wallets.withdrawals import services as withdrawals

pytestmark = pytest.mark.usefixtures("db")


def start_at(customer: Customer, now: datetime) -> str:
    """The reference of a withdrawal of 1,000 naira that was asked for at this time."""
    started = withdrawals.start(
        user=customer.user,
        amount_kobo=1000_00,
        bank_code="044",
        account_number="0690000031",
        now=now,
    )
    return started.reference


def test_an_accepted_withdrawal_holds_amount_and_fee(rich: Customer) -> None:
    """202: the money is held, nothing is booked, and the bank account is shown masked."""
    body = rich.withdraw("1000", narration="rent").json()

    transaction = body["transaction"]
    assert body["tx_ref"] == transaction["reference"]
    assert (transaction["type"], transaction["status"]) == ("WITHDRAWAL", "PENDING")
    assert (transaction["amount"], transaction["fee"]) == ("1000.00", "10.75")
    assert transaction["meta"]["account_number"] == "******0031"
    assert transaction["meta"]["account_name"] == "Forrest Green"
    wallet = rich.get("/wallet/").json()
    assert (wallet["balance"], wallet["held"]) == ("10000.00", "1010.75")
    assert wallet["available"] == "8989.25"
    check_money(rich.wallet)


def test_a_withdrawal_needs_amount_and_fee_available(new_customer: Any) -> None:
    """One kobo less is refused."""
    enough, short = new_customer(), new_customer()
    enough.receive("1010.75")
    short.receive("1010.74")

    taken, refused = enough.withdraw("1000"), short.withdraw("1000")

    assert taken.status_code == 202
    assert enough.wallet.available == 0
    assert (refused.status_code, error_code(refused)) == (422, "insufficient_funds")
    assert refused.json()["error"]["details"] == {"available": "1010.74", "needed": "1010.75"}
    assert short.wallet.held == 0
    assert Transaction.objects(user_id=short.user.pk, type="WITHDRAWAL").count() == 0


@pytest.mark.parametrize(
    ("amount", "fee"),
    [
        ("100", "10.75"),
        ("5000", "10.75"),
        ("5001", "26.88"),
        ("50000", "26.88"),
        ("50001", "53.75"),
    ],
)
def test_the_fee_endpoint_has_the_tiers(customer: Customer, amount: str, fee: str) -> None:
    """It answers what a withdrawal will cost."""
    answer = customer.get("/wallet/withdraw/fee", amount=amount).json()

    assert answer["fee"] == fee


@pytest.mark.parametrize(
    ("change", "status", "expected"),
    [
        ({"amount": "99"}, 422, "amount_out_of_range"),
        ({"amount": "1000001"}, 422, "amount_out_of_range"),
        ({"amount": "1000.50"}, 422, "amount_out_of_range"),
        ({"amount": "-1"}, 400, "validation_error"),
        ({"amount": ""}, 400, "validation_error"),
        ({"account_number": "069000003"}, 400, "validation_error"),
        ({"account_number": "06900000311"}, 400, "validation_error"),
        ({"account_number": "o690000031"}, 400, "validation_error"),
        ({"bank_code": "../x"}, 400, "validation_error"),
        ({"bank_code": ""}, 400, "validation_error"),
        ({"narration": "x" * 101}, 400, "validation_error"),
        ({"account_number": "0690000000"}, 422, "account_not_resolved"),
    ],
)
def test_an_invalid_withdrawal_is_refused(
    rich: Customer, change: dict[str, str], status: int, expected: str
) -> None:
    """Each mistake gets its code; nothing is held or written."""
    answer = rich.withdraw(**{"amount": "1000", **change})

    assert (answer.status_code, error_code(answer)) == (status, expected)
    assert rich.wallet.held == 0
    assert Transaction.objects(user_id=rich.user.pk, type="WITHDRAWAL").count() == 0


@pytest.mark.parametrize("kind", ["timeout_before", "http_500", "malformed", "reset"])
def test_an_unconfirmed_bank_account_is_a_503(rich: Customer, vendor: Vendor, kind: str) -> None:
    """The vendor is unavailable, so the account is not called wrong; nothing is held."""
    vendor.fault(kind, endpoint="resolve", hang_s=5)

    answer = rich.withdraw()

    assert (answer.status_code, error_code(answer)) == (503, "vendor_unavailable")
    assert rich.wallet.held == 0


@pytest.mark.parametrize(("stop", "status"), [("pause", 409), ("lock", 423)])
def test_a_paused_or_locked_wallet_refuses_withdrawals(
    rich: Customer, stop: str, status: int
) -> None:
    """Nothing is held."""
    if stop == "pause":
        rich.post("/wallet/toggle-activity", {"is_active": False})
    else:
        lock(rich.wallet.pk)

    assert rich.withdraw().status_code == status
    assert rich.wallet.held == 0


def test_the_daily_limit_refusal_says_what_is_left(rich: Customer, settings: Any) -> None:
    """A failed withdrawal gives its part of the limit back."""
    settings.WITHDRAWAL_DAILY_KOBO = 3000_00
    first = start(rich, "2000")

    refused = rich.withdraw("1001")
    assert (refused.status_code, error_code(refused)) == (422, "daily_limit_reached")
    assert refused.json()["error"]["details"] == {"limit": "3000.00", "left": "1000.00"}
    start(rich, "1000")
    assert error_code(rich.withdraw("100")) == "daily_limit_reached"
    fail_transfer(first)

    assert rich.withdraw("2000").status_code == 202


def test_yesterdays_withdrawals_do_not_count(rich: Customer, settings: Any) -> None:
    """The daily limit starts again on a new day in Lagos."""
    settings.WITHDRAWAL_DAILY_KOBO = 1000_00
    start(rich, "1000")

    [(day, kobo)] = rich.wallet.withdrawn.items()
    assert kobo == 1000_00
    yesterday = (date.fromisoformat(day) - timedelta(days=1)).isoformat()
    Wallet.objects(pk=rich.wallet.pk).update_one(set__withdrawn={yesterday: kobo})

    assert rich.withdraw("1000").status_code == 202


def test_a_late_failure_returns_its_part_to_its_own_day(rich: Customer, settings: Any) -> None:
    """Withdrawn yesterday, failed today: today's sum stays, and yesterday's is less."""
    settings.WITHDRAWAL_DAILY_KOBO = 1000_00
    now = clock.now()
    days = [clock.lagos_day(at).isoformat() for at in (now, now + timedelta(days=1))]
    first = start_at(rich, now)
    start_at(rich, now + timedelta(days=1))

    fail_transfer(first)

    assert rich.wallet.withdrawn == {days[0]: 0, days[1]: 1000_00}


def test_days_before_the_day_before_yesterday_are_forgotten(rich: Customer) -> None:
    """What is kept does not grow, and an old failure changes no sum."""
    now = clock.now()
    first = start_at(rich, now)
    for days in (1, 2, 3):
        start_at(rich, now + timedelta(days=days))
    kept = dict(rich.wallet.withdrawn)

    fail_transfer(first)

    assert rich.wallet.withdrawn == kept
    assert sorted(kept) == [
        clock.lagos_day(now + timedelta(days=days)).isoformat() for days in (1, 2, 3)
    ]


def test_simultaneous_withdrawals_share_the_daily_limit(rich: Customer, settings: Any) -> None:
    """Of eight requests at once the limit takes three."""
    settings.WITHDRAWAL_DAILY_KOBO = 3000_00

    answers = run_together(8, lambda _: rich.withdraw("1000"))

    assert sorted(a.status_code for a in answers) == [202] * 3 + [422] * 5
    assert list(rich.wallet.withdrawn.values()) == [3000_00]


def test_the_same_key_is_one_withdrawal(rich: Customer) -> None:
    """Eight concurrent requests with one key hold once and get one answer."""
    answers = run_together(8, lambda _: rich.withdraw("1000", key="k"))

    assert {a.status_code for a in answers} <= {202, 409}
    assert len({a.json()["tx_ref"] for a in answers if a.status_code == 202}) == 1
    assert rich.wallet.held == 1010_75
    conflict = rich.withdraw("1001", key="k")
    assert (conflict.status_code, error_code(conflict)) == (409, "idempotency_conflict")


def test_of_64_concurrent_withdrawals_the_wallet_pays_for_ten(
    customer: Customer,
) -> None:
    """The amount held never exceeds the balance."""
    customer.receive("10107.50")
    answers: list[Any] = []
    seen: list[tuple[int, int]] = []
    done = threading.Event()

    def ask() -> None:
        answers.append(customer.withdraw("1000"))

    def watch() -> None:
        while not done.is_set():
            wallet = customer.wallet
            seen.append((wallet.held, wallet.balance))

    watcher = threading.Thread(target=watch)
    threads = [threading.Thread(target=ask) for _ in range(64)]
    for thread in (watcher, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    watcher.join()

    accepted = [a for a in answers if a.status_code == 202]
    refused = [(a.status_code, error_code(a)) for a in answers if a.status_code != 202]
    assert len(accepted) == 10
    assert set(refused) == {(422, "insufficient_funds")}
    assert all(0 <= held <= balance == 10107_50 for held, balance in seen)
    assert customer.wallet.available == 0
    check_money(customer.wallet)
