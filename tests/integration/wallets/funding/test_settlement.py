"""A verified payment credits the wallet once; other payments are recorded or reviewed."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from payflow.kernel import clock
from payflow.kernel.money import to_kobo
from tests.support.books import credits_of, review_kinds
from tests.support.fundings import find_event, fund_and_pay, process_event
from tests.support.invariants import check_money
from tests.support.locks import lock
from tests.support.people import Customer, deliver
from tests.support.staging import open_cases, pay_under
from tests.support.threads import run_together
from tests.support.vendor import Vendor, charge
from wallets.funding.services import close_unpaid
from wallets.inbox import services as inbox
from wallets.inbox.documents import EventStatus, WebhookEvent
from wallets.ledger import locks
from wallets.ledger.documents import ChangeSource, TransactionStatus
from wallets.review.documents import ReviewCase

pytestmark = pytest.mark.usefixtures("db", "no_webhooks")
GATEWAY, SUSPENSE, FEES = "gateway:flutterwave", "suspense:flutterwave", "expense:vendor_fees"


def booked(customer: Customer) -> list[tuple[str, str, int, int]]:
    """The wallet's entries: debit account, credit account, kobo, balance afterwards."""
    return [
        (e.debit_account, e.credit_account, e.amount, e.balance_after) for e in customer.entries()
    ]


def fee_of(vendor: Vendor, funding: dict[str, Any]) -> int:
    """What the vendor took for all payments of the funding, in kobo."""
    return sum(row["fees_kobo"] for row in vendor.books(funding["tx_ref"])["collections"])


def hear(payment: int | None, funding: dict[str, Any], times: int = 1) -> WebhookEvent:
    """The payment's webhook arrives, as often as this, and is processed each time."""
    for _ in range(times):
        deliver(charge(payment, funding["tx_ref"]))
        event = process_event(funding["tx_ref"])
    return event


def test_a_verified_payment_credits_the_wallet_once(customer: Customer, vendor: Vendor) -> None:
    """Twenty deliveries, each processed, are one credit; the vendor's fee is booked once."""
    funding, payment = fund_and_pay(customer, vendor)

    for _ in range(20):
        deliver(charge(payment, funding["tx_ref"]))
        event = process_event(funding["tx_ref"])

    assert event.status is EventStatus.PROCESSED
    assert customer.wallet.balance == 1500_00
    wallet = f"wallet:{customer.wallet.pk}"
    assert booked(customer) == [
        (GATEWAY, wallet, 1500_00, 1500_00),
        (FEES, GATEWAY, fee_of(vendor, funding), 1500_00),
    ]
    transaction = customer.transaction(funding["tx_ref"])
    assert transaction.status is TransactionStatus.SUCCESS
    assert transaction.vendor_id == str(payment)
    assert [c.status for c in transaction.history] == [
        TransactionStatus.PENDING,
        TransactionStatus.SUCCESS,
    ]
    check_money(customer.wallet)


def test_the_amount_in_the_webhook_is_ignored(customer: Customer, vendor: Vendor) -> None:
    """The body says 99,999,999 and the API 1,500: 1,500 is credited."""
    funding, payment = fund_and_pay(customer, vendor)

    deliver(charge(payment, funding["tx_ref"]))
    process_event(funding["tx_ref"])

    assert customer.wallet.balance == 1500_00


def test_a_webhook_with_a_false_success_credits_nothing(customer: Customer, vendor: Vendor) -> None:
    """Only the vendor's API decides."""
    funding, payment = fund_and_pay(customer, vendor, outcome="failed")

    deliver(charge(payment, funding["tx_ref"], status="successful"))
    process_event(funding["tx_ref"])

    assert customer.wallet.balance == 0
    assert customer.transaction(funding["tx_ref"]).status is TransactionStatus.PENDING


def test_a_payment_credits_only_its_own_reference(
    new_customer: Callable[[], Customer], vendor: Vendor
) -> None:
    """A body with one customer's reference and another's payment credits the payer."""
    payer, thief = new_customer(), new_customer()
    _, payment = fund_and_pay(payer, vendor)
    mine = thief.fund("1500.00")

    deliver(charge(payment, mine["tx_ref"]))
    process_event(mine["tx_ref"])

    assert thief.wallet.balance == 0
    assert payer.wallet.balance == 1500_00


def test_fifty_concurrent_settlements_credit_once(customer: Customer, vendor: Vendor) -> None:
    """None of the fifty threads fails."""
    funding, payment = fund_and_pay(customer, vendor)
    deliver(charge(payment, funding["tx_ref"]))
    event = find_event(funding["tx_ref"])

    run_together(50, lambda _: inbox.process(event_id=event.pk, now=clock.now()))

    assert customer.wallet.balance == 1500_00
    assert len(customer.entries()) == 2  # the credit and the vendor's fee
    check_money(customer.wallet)


def test_ten_concurrent_fundings_form_one_chain(customer: Customer, vendor: Vendor) -> None:
    """The credits of one wallet wait for each other."""
    funded = [fund_and_pay(customer, vendor, f"{100 + n}.00") for n in range(10)]
    for funding, payment in funded:
        deliver(charge(payment, funding["tx_ref"]))

    run_together(len(funded), lambda n: process_event(funded[n][0]["tx_ref"]))

    assert customer.wallet.balance == sum((100 + n) * 100 for n in range(10))
    check_money(customer.wallet)


def test_a_payment_after_a_failed_attempt_is_credited(customer: Customer, vendor: Vendor) -> None:
    """The failed attempt adds a line to the history, and the funding stays PENDING."""
    funding, failed = fund_and_pay(customer, vendor, outcome="failed")
    deliver(charge(failed, funding["tx_ref"], "failed"))
    process_event(funding["tx_ref"])
    between = customer.transaction(funding["tx_ref"])

    success = vendor.pay(funding["link"])
    deliver(charge(success, funding["tx_ref"]))
    process_event(funding["tx_ref"])

    assert between.status is TransactionStatus.PENDING
    assert between.history[-1].reason.startswith("Attempt failed: ")
    after = customer.transaction(funding["tx_ref"])
    assert after.status is TransactionStatus.SUCCESS
    assert after.reason is None
    assert len(after.history) == 3
    check_money(customer.wallet)


@pytest.mark.parametrize("seed", range(5))
def test_events_in_any_order_credit_once(customer: Customer, vendor: Vendor, seed: int) -> None:
    """Two failed attempts and a success, shuffled and repeated."""
    funding = customer.fund("1500.00")
    attempts = [(vendor.pay(funding["link"], outcome="failed"), "failed") for _ in range(2)]
    attempts.append((vendor.pay(funding["link"]), "successful"))
    order = attempts * 3
    random.Random(seed).shuffle(order)

    for payment, status in order:
        deliver(charge(payment, funding["tx_ref"], status))
        for event in WebhookEvent.objects(raw_body__contains=funding["tx_ref"]):
            inbox.process(event_id=event.pk, now=clock.now())

    assert customer.wallet.balance == 1500_00
    assert customer.transaction(funding["tx_ref"]).status is TransactionStatus.SUCCESS
    check_money(customer.wallet)


def test_legacy_and_v3_bodies_of_one_payment_are_one_event(
    customer: Customer, vendor: Vendor
) -> None:
    """The old flat body settles, and the new one is its repeat."""
    funding, payment = fund_and_pay(customer, vendor)
    legacy = {
        "id": payment,
        "txRef": funding["tx_ref"],
        "status": "successful",
        "amount": "99999999.00",  # as in charge()
    }

    deliver(json.dumps(legacy).encode())
    process_event(funding["tx_ref"])
    deliver(charge(payment, funding["tx_ref"]))

    assert customer.wallet.balance == 1500_00
    assert WebhookEvent.objects(raw_body__contains=funding["tx_ref"]).count() == 1


def test_a_body_without_an_id_is_looked_up_by_reference(customer: Customer, vendor: Vendor) -> None:
    """The payment is found and credited."""
    funding, _ = fund_and_pay(customer, vendor)
    body = {"event": "charge.completed", "data": {"tx_ref": funding["tx_ref"], "status": "x"}}

    deliver(json.dumps(body).encode())
    process_event(funding["tx_ref"])

    assert customer.wallet.balance == 1500_00


@pytest.mark.parametrize(
    ("amount", "currency", "kind"),
    [
        ("1499.99", "NGN", "underpaid"),
        ("1500.00", "USD", "wrong_currency"),
        ("99999", "USD", "wrong_currency"),
    ],
)
def test_an_underpayment_or_another_currency_waits_in_suspense(
    customer: Customer, vendor: Vendor, amount: str, currency: str, kind: str
) -> None:
    """Nothing is credited; the money is booked once; the customer's reason refers to support."""
    funding, payment = fund_and_pay(customer, vendor, amount=amount, currency=currency)

    hear(payment, funding, times=2)

    transaction = customer.transaction(funding["tx_ref"])
    assert transaction.status is TransactionStatus.FAILED
    assert transaction.needs_review
    assert "Support will contact you" in transaction.reason
    [case] = ReviewCase.objects(transaction=funding["tx_ref"])
    assert (case.kind, case.vendor_id) == (kind, str(payment))
    assert case.evidence["requested_kobo"] == 1500_00
    assert customer.wallet.balance == 0
    paid, fee = to_kobo(amount), fee_of(vendor, funding)
    assert booked(customer) == [(FEES, GATEWAY, fee, 0), (GATEWAY, SUSPENSE, paid, 0)]
    assert {entry.currency for entry in customer.entries()} == {currency}
    check_money(customer.wallet)


def test_a_full_payment_after_an_underpayment_is_credited(
    customer: Customer, vendor: Vendor
) -> None:
    """What was asked is in the wallet; what both paid beyond it stays in suspense."""
    funding, full = fund_and_pay(customer, vendor, outcome="failed")
    short = vendor.pay(funding["link"], amount="100.00")
    hear(short, funding)
    assert customer.transaction(funding["tx_ref"]).status is TransactionStatus.FAILED

    vendor.settle(full, "successful")
    hear(full, funding)

    assert customer.transaction(funding["tx_ref"]).status is TransactionStatus.SUCCESS
    assert customer.wallet.balance == 1500_00
    assert credits_of(funding["tx_ref"])[SUSPENSE] == 100_00
    assert len(open_cases(funding["tx_ref"])) == 1
    check_money(customer.wallet)


def test_payments_that_cover_the_funding_together_credit_it(
    customer: Customer, vendor: Vendor
) -> None:
    """Two halves: the case of the first is closed by settlement, and suspense is empty again."""
    funding, first = fund_and_pay(customer, vendor, amount="1000.00")
    second = pay_under(vendor, funding["tx_ref"], "500.00", "NGN")
    hear(first, funding)
    assert open_cases(funding["tx_ref"]) == ["underpaid"]

    hear(second, funding, times=2)

    transaction = customer.transaction(funding["tx_ref"])
    assert transaction.status is TransactionStatus.SUCCESS
    assert not transaction.needs_review
    assert customer.wallet.balance == 1500_00
    assert SUSPENSE not in credits_of(funding["tx_ref"])
    [case] = ReviewCase.objects(transaction=funding["tx_ref"])
    assert (case.state.value, case.closed_by) == ("CLOSED", "settlement")
    check_money(customer.wallet)


def test_an_overpayment_credits_what_was_asked(customer: Customer, vendor: Vendor) -> None:
    """The excess waits in suspense, and a review case is open."""
    funding, payment = fund_and_pay(customer, vendor, amount="2000.00")

    hear(payment, funding)

    transaction = customer.transaction(funding["tx_ref"])
    assert (transaction.amount, transaction.requested_amount) == (1500_00, 1500_00)
    assert transaction.needs_review
    assert review_kinds(funding["tx_ref"]) == {"overpaid"}
    assert customer.wallet.balance == 1500_00
    assert credits_of(funding["tx_ref"])[SUSPENSE] == 500_00
    check_money(customer.wallet)


def test_a_second_payment_of_a_settled_funding_waits_in_suspense(
    customer: Customer, vendor: Vendor
) -> None:
    """It is not credited, and a review case names it."""
    funding, failed = fund_and_pay(customer, vendor, outcome="failed")
    first = vendor.pay(funding["link"])
    hear(first, funding)
    vendor.settle(failed, "successful")

    hear(failed, funding, times=2)

    assert customer.wallet.balance == 1500_00
    # Of two payments the vendor's first is the one that counts, so the later one has the case.
    [case] = ReviewCase.objects(transaction=funding["tx_ref"])
    assert case.kind == "paid_twice"
    assert credits_of(funding["tx_ref"])[SUSPENSE] == 1500_00
    assert customer.transaction(funding["tx_ref"]).needs_review
    check_money(customer.wallet)


def test_a_payment_after_expiry_is_credited(customer: Customer, vendor: Vendor) -> None:
    """A verified payment turns FAILED into SUCCESS."""
    funding, payment = fund_and_pay(customer, vendor)
    close_unpaid(
        reference=funding["tx_ref"], reason="Expired.", source=ChangeSource.REQUERY, now=clock.now()
    )

    deliver(charge(payment, funding["tx_ref"]))
    process_event(funding["tx_ref"])

    transaction = customer.transaction(funding["tx_ref"])
    assert [c.status.value for c in transaction.history] == ["PENDING", "FAILED", "SUCCESS"]
    assert customer.wallet.balance == 1500_00
    check_money(customer.wallet)


@pytest.mark.parametrize("stop", ["pause", "lock"])
def test_a_paused_or_locked_wallet_is_credited(
    customer: Customer, vendor: Vendor, stop: str
) -> None:
    """The payment was made already."""
    funding, payment = fund_and_pay(customer, vendor)
    if stop == "pause":
        locks.set_activity(user_id=customer.user.pk, is_active=False, now=clock.now())
    else:
        lock(customer.wallet.pk)

    deliver(charge(payment, funding["tx_ref"]))
    process_event(funding["tx_ref"])

    assert customer.wallet.balance == 1500_00
