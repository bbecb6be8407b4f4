"""Refunds and chargebacks: money that the vendor takes back after a funding was credited."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from payflow.kernel import clock
from tests.support.books import credits_of, family_of, review_kinds
from tests.support.invariants import check_money
from tests.support.people import Customer
from tests.support.staging import Worker, ask, open_cases
from tests.support.vendor import Vendor
from wallets.funding.polling import poll_refunds
from wallets.funding.suspense import resolve_suspense
from wallets.ledger.documents import Transaction, TransactionStatus
from wallets.review.documents import ReviewCase
from wallets.tasks import poll_refunds as poll_refunds_task

pytestmark = pytest.mark.usefixtures("db", "no_webhooks")


@pytest.fixture
def paid(customer: Customer, vendor: Vendor) -> tuple[str, int]:
    """A funding of 1,500 naira that is credited, and the vendor's id of its payment."""
    funding = customer.fund("1500.00")
    payment_id = vendor.pay(funding["link"])
    assert payment_id is not None
    ask(funding["tx_ref"])
    assert customer.wallet.balance == 1500_00
    return funding["tx_ref"], payment_id


def poll() -> None:
    poll_refunds(now=clock.now())


def reversals_of(reference: str) -> list[tuple[str, int, str]]:
    """Direction, kobo and reason of each."""
    found = Transaction.objects(reverses=reference).order_by("number")
    return [(each.details["direction"], each.amount, each.reason) for each in found]


def refund_webhook(payment_id: int, refund_id: int, naira: int) -> bytes:
    """As the vendor sends it, without an event and without a reference."""
    body = {
        "id": refund_id,
        "AmountRefunded": naira,
        "status": "completed",
        "TransactionId": payment_id,
    }
    return json.dumps(body).encode()


# --- Refunds ----------------------------------------------------------------------------------


def test_the_webhook_of_a_refund_takes_the_money_back(
    customer: Customer, vendor: Vendor, paid: tuple[str, int]
) -> None:
    """A REVERSAL goes out once, however often the webhook comes; the funding says so."""
    reference, payment_id = paid
    refund_id = vendor.refund(payment_id)

    with Worker().listening() as worker:
        for _ in range(3):
            worker.hear(refund_webhook(payment_id, refund_id, 1500))

    funding = customer.transaction(reference)
    reason = "This payment was refunded to the payer."
    assert customer.wallet.balance == 0
    assert reversals_of(reference) == [("out", 1500_00, reason)]
    assert (funding.status, funding.reversed_kobo, funding.reason) == (
        TransactionStatus.SUCCESS,
        -1500_00,
        reason,
    )
    assert [(line.status.value, line.balance) for line in funding.history[1:]] == [
        ("SUCCESS", 1500_00),
        ("SUCCESS", 0),
    ]
    check_money(customer.wallet)


def test_a_webhook_that_claims_a_refund_takes_nothing(
    customer: Customer, vendor: Vendor, paid: tuple[str, int]
) -> None:
    """Only the vendor's API decides."""
    reference, payment_id = paid

    with Worker().listening() as worker:
        worker.hear(refund_webhook(payment_id, 1, 1500))

    assert customer.wallet.balance == 1500_00
    assert reversals_of(reference) == []


def test_a_refund_without_a_webhook_is_found_by_the_poll(
    customer: Customer, vendor: Vendor, paid: tuple[str, int]
) -> None:
    """Each part is taken once, however often the task asks."""
    reference, payment_id = paid
    vendor.refund(payment_id, "400")
    poll_refunds_task.run()
    vendor.refund(payment_id, "100")

    for _ in range(3):
        poll_refunds_task.run()

    assert customer.wallet.balance == 1000_00
    assert [(way, kobo) for way, kobo, _ in reversals_of(reference)] == [
        ("out", 400_00),
        ("out", 100_00),
    ]
    assert customer.transaction(reference).reversed_kobo == -500_00
    check_money(customer.wallet)


def test_a_refund_that_fails_gives_the_money_back(
    customer: Customer, vendor: Vendor, paid: tuple[str, int]
) -> None:
    """Out, and in again: the customer has what the payer did not get back."""
    reference, payment_id = paid
    refund_id = vendor.refund(payment_id)
    poll()
    vendor.move_refund(refund_id, "failed")

    poll()

    assert customer.wallet.balance == 1500_00
    assert [(way, kobo) for way, kobo, _ in reversals_of(reference)] == [
        ("out", 1500_00),
        ("in", 1500_00),
    ]
    assert customer.transaction(reference).reversed_kobo == 0
    check_money(customer.wallet)


def test_a_refund_that_is_heard_before_its_payment_ends_in_the_same_books(
    customer: Customer, vendor: Vendor
) -> None:
    """The payment is looked up first: credited and taken back, and the vendor keeps its fee."""
    funding = customer.fund("1500.00")
    payment_id = vendor.pay(funding["link"])
    assert payment_id is not None
    vendor.refund(payment_id)

    poll()
    ask(funding["tx_ref"])

    assert customer.wallet.balance == 0
    assert customer.transaction(funding["tx_ref"]).status is TransactionStatus.SUCCESS
    fee = vendor.books(funding["tx_ref"])["collections"][0]["fees_kobo"]
    assert credits_of(*family_of(funding["tx_ref"])) == {
        "gateway:flutterwave": fee,
        "expense:vendor_fees": -fee,
    }
    check_money(customer.wallet)


def test_the_refund_of_an_excess_takes_it_from_suspense(customer: Customer, vendor: Vendor) -> None:
    """The customer keeps what was asked, and the case closes by itself."""
    funding = customer.fund("1500.00")
    payment_id = vendor.pay(funding["link"], amount="2000.00")
    assert payment_id is not None
    ask(funding["tx_ref"])
    vendor.refund(payment_id, "500")

    poll()

    assert customer.wallet.balance == 1500_00
    assert reversals_of(funding["tx_ref"]) == []
    assert "suspense:flutterwave" not in credits_of(funding["tx_ref"])
    [case] = ReviewCase.objects(transaction=funding["tx_ref"])
    assert (case.state.value, case.closed_by) == ("CLOSED", "settlement")
    check_money(customer.wallet)


def test_a_payment_that_staff_gave_to_a_funding_is_taken_back_from_it(
    customer: Customer, vendor: Vendor
) -> None:
    """The vendor still names the first reference; the money is in the second funding."""
    started = customer.fund("1000")
    payment_id = vendor.pay(started["link"], amount="400")
    assert payment_id is not None
    ask(started["tx_ref"])
    resolve_suspense(payment_id=str(payment_id), user=customer.user, by="ada", now=clock.now())
    assert customer.wallet.balance == 400_00

    vendor.correct(payment_id, "reversed")
    ask(started["tx_ref"])

    assert customer.wallet.balance == 0
    check_money(customer.wallet)


# --- Debts ------------------------------------------------------------------------------------


@pytest.fixture
def in_debt(customer: Customer, vendor: Vendor, paid: tuple[str, int]) -> str:
    """The reference of a funding that was refunded when 1,010.75 of its 1,500 naira were held."""
    withdrawal = customer.withdraw("1000")
    assert withdrawal.status_code == 202
    vendor.refund(paid[1])
    poll()
    return paid[0]


def test_what_the_wallet_cannot_cover_becomes_a_debt(customer: Customer, in_debt: str) -> None:
    """What is held is not touched; the rest is owed, new debits are refused, and a case is open."""
    wallet = customer.wallet

    assert (wallet.balance, wallet.held, wallet.owed) == (1010_75, 1010_75, 1010_75)
    assert wallet.available == 0
    assert customer.withdraw("100").json()["error"]["code"] == "wallet_in_debt"
    assert open_cases(f"wallet:{wallet.pk}") == ["in_debt"]
    assert reversals_of(in_debt)[0][:2] == ("out", 1500_00)
    check_money(wallet)


def test_a_later_funding_repays_the_debt_first(
    customer: Customer, vendor: Vendor, in_debt: str
) -> None:
    """Half of it, then all of it: the case closes by itself, and debits are accepted again."""
    customer.receive("500.00")
    between = customer.wallet
    assert (between.balance, between.owed) == (1010_75, 510_75)
    check_money(between)

    customer.receive("2000.00")

    wallet = customer.wallet
    assert (wallet.balance, wallet.owed) == (1010_75 + 2000_00 - 510_75, 0)
    assert review_kinds(f"wallet:{wallet.pk}") == {"in_debt"}
    assert open_cases(f"wallet:{wallet.pk}") == []
    assert customer.withdraw("100").status_code == 202
    check_money(wallet)


# --- Chargebacks ------------------------------------------------------------------------------


def test_an_open_chargeback_freezes_the_money(
    customer: Customer, vendor: Vendor, paid: tuple[str, int]
) -> None:
    """It stays in the balance and cannot be spent; the case says until when to answer."""
    reference, payment_id = paid
    chargeback_id = vendor.charge_back(payment_id, "600")

    for _ in range(2):
        poll()

    wallet = customer.wallet
    assert (wallet.balance, wallet.held, wallet.available) == (1500_00, 600_00, 900_00)
    assert customer.transaction(reference).frozen == 600_00
    assert reversals_of(reference) == []
    [case] = ReviewCase.objects(transaction=reference)
    assert (case.kind, case.vendor_id) == ("chargeback", str(chargeback_id))
    assert case.evidence["disputed_kobo"] == 600_00
    assert case.evidence["due_at"]
    check_money(wallet)


@pytest.mark.parametrize(
    ("decision", "left"), [("won", 1500_00), ("lost", 900_00), ("accepted", 900_00)]
)
def test_a_decided_chargeback_frees_or_takes_the_frozen_money(
    customer: Customer, vendor: Vendor, paid: tuple[str, int], decision: str, left: int
) -> None:
    """Nothing stays frozen, and the case closes by itself."""
    reference, payment_id = paid
    chargeback_id = vendor.charge_back(payment_id, "600")
    poll()
    vendor.decide_chargeback(chargeback_id, decision)

    for _ in range(2):
        poll()

    wallet = customer.wallet
    assert (wallet.balance, wallet.held, wallet.owed) == (left, 0, 0)
    assert sum(kobo for _, kobo, _ in reversals_of(reference)) == 1500_00 - left
    [case] = ReviewCase.objects(transaction=reference)
    assert (case.state.value, case.closed_by) == ("CLOSED", "settlement")
    check_money(wallet)


def test_an_old_chargeback_is_asked_about_until_it_is_decided(
    customer: Customer, vendor: Vendor, paid: tuple[str, int]
) -> None:
    """Also weeks after it left the days that the poll lists."""
    reference, payment_id = paid
    chargeback_id = vendor.charge_back(payment_id, due_in_hours=2000)
    poll()
    vendor.advance(timedelta(days=30).total_seconds())
    vendor.decide_chargeback(chargeback_id, "lost")

    poll_refunds(now=clock.now() + timedelta(days=30))

    assert (customer.wallet.balance, customer.wallet.held) == (0, 0)
    assert reversals_of(reference)[0][2] == (
        "The payer's bank took this payment back after a dispute."
    )
    check_money(customer.wallet)


def test_a_chargeback_on_spent_money_freezes_what_is_left_and_becomes_a_debt_if_lost(
    customer: Customer, vendor: Vendor, paid: tuple[str, int]
) -> None:
    """Only what the wallet has can be frozen."""
    assert customer.withdraw("1000").status_code == 202
    chargeback_id = vendor.charge_back(paid[1])
    poll()
    frozen = customer.transaction(paid[0]).frozen
    check_money(customer.wallet)
    vendor.decide_chargeback(chargeback_id, "lost")

    poll()

    wallet = customer.wallet
    assert frozen == 1500_00 - 1010_75
    assert (wallet.balance, wallet.held, wallet.owed) == (1010_75, 1010_75, 1010_75)
    check_money(wallet)
