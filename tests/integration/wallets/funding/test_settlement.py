"""A verified payment credits the wallet once; other payments are recorded or reviewed."""

import json
import random
from collections.abc import Callable

import pytest

from payflow.kernel import clock
from tests.support.books import review_kinds
from tests.support.fundings import find_event, fund_and_pay, process_event
from tests.support.invariants import check_money
from tests.support.locks import lock
from tests.support.people import Customer, deliver
from tests.support.threads import run_together
from tests.support.vendor import Vendor, charge
from wallets.funding.services import close_unpaid
from wallets.inbox import services as inbox
from wallets.inbox.documents import EventStatus, WebhookEvent
from wallets.ledger import locks
from wallets.ledger.documents import ChangeSource, TransactionStatus
from wallets.review.documents import ReviewCase

pytestmark = pytest.mark.usefixtures("db", "no_webhooks")


def test_a_verified_payment_credits_the_wallet_once(customer: Customer, vendor: Vendor) -> None:
    """Twenty deliveries, each processed, are one credit with one ledger entry."""
    funding, payment = fund_and_pay(customer, vendor)

    for _ in range(20):
        deliver(charge(payment, funding["tx_ref"]))
        event = process_event(funding["tx_ref"])

    assert event.status is EventStatus.PROCESSED
    assert customer.wallet.balance == 1500_00
    [entry] = customer.entries()
    assert (entry.debit_account, entry.amount) == ("gateway:flutterwave", 1500_00)
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
    assert len(customer.entries()) == 1
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
    ("overrides", "kind"),
    [
        ({"amount": "1499.99"}, "underpaid"),
        ({"currency": "USD"}, "wrong_currency"),
        ({"amount": "99999", "currency": "USD"}, "wrong_currency"),
    ],
)
def test_an_underpayment_or_another_currency_opens_a_review_case(
    customer: Customer, vendor: Vendor, overrides: dict[str, str], kind: str
) -> None:
    """Nothing is credited; the customer's reason refers to support."""
    funding, payment = fund_and_pay(customer, vendor, **overrides)

    for _ in range(2):
        deliver(charge(payment, funding["tx_ref"]))
        process_event(funding["tx_ref"])

    transaction = customer.transaction(funding["tx_ref"])
    assert transaction.status is TransactionStatus.FAILED
    assert transaction.needs_review
    assert "Support will contact you" in transaction.reason
    [case] = ReviewCase.objects(transaction=funding["tx_ref"])
    assert (case.kind, case.vendor_id) == (kind, str(payment))
    assert case.evidence["requested_kobo"] == 1500_00
    assert customer.wallet.balance == 0
    check_money(customer.wallet)


def test_a_full_payment_after_an_underpayment_is_credited(
    customer: Customer, vendor: Vendor
) -> None:
    """The second payment settles what the first has failed."""
    funding, full = fund_and_pay(customer, vendor, outcome="failed")
    short = vendor.pay(funding["link"], amount="100.00")
    deliver(charge(short, funding["tx_ref"]))
    process_event(funding["tx_ref"])
    assert customer.transaction(funding["tx_ref"]).status is TransactionStatus.FAILED

    vendor.settle(full, "successful")
    deliver(charge(full, funding["tx_ref"]))
    process_event(funding["tx_ref"])

    assert customer.wallet.balance == 1500_00
    assert review_kinds(funding["tx_ref"]) == {"underpaid"}
    check_money(customer.wallet)


def test_an_overpayment_is_credited_and_opens_a_review_case(
    customer: Customer, vendor: Vendor
) -> None:
    """The verified amount belongs to the customer."""
    funding, payment = fund_and_pay(customer, vendor, amount="2000.00")

    deliver(charge(payment, funding["tx_ref"]))
    process_event(funding["tx_ref"])

    transaction = customer.transaction(funding["tx_ref"])
    assert (transaction.amount, transaction.requested_amount) == (2000_00, 1500_00)
    assert transaction.needs_review
    assert review_kinds(funding["tx_ref"]) == {"overpaid"}
    assert customer.wallet.balance == 2000_00
    check_money(customer.wallet)


def test_a_second_payment_of_a_settled_funding_opens_a_review_case(
    customer: Customer, vendor: Vendor
) -> None:
    """It is not credited."""
    funding, failed = fund_and_pay(customer, vendor, outcome="failed")
    first = vendor.pay(funding["link"])
    deliver(charge(first, funding["tx_ref"]))
    process_event(funding["tx_ref"])
    vendor.settle(failed, "successful")

    for _ in range(2):
        deliver(charge(failed, funding["tx_ref"]))
        process_event(funding["tx_ref"])

    assert customer.wallet.balance == 1500_00
    assert review_kinds(funding["tx_ref"]) == {"paid_twice"}
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
