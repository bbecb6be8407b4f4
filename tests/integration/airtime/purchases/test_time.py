"""Purchases and time: midnight in Lagos, and the schedule of requeries."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest

from airtime.purchases import services as purchases
from airtime.purchases.outcomes import find_purchase
from payflow.kernel import clock
from payflow.kernel.clock import LAGOS
from payflow.kernel.errors import VendorUnavailable
from tests.support.airtime import buy_pending
from tests.support.books import review_kinds
from tests.support.invariants import check_money
from tests.support.networks import Networks
from tests.support.people import Customer
from tests.support.vendor import Vendor
from wallets.ledger.documents import Transaction, TransactionStatus
from wallets.requery import claim_due
from wallets.requery import requery as ask
from wallets.review.documents import ReviewCase

pytestmark = pytest.mark.usefixtures("db")
PHONE = "08031234567"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def delivering(networks: Networks) -> None:
    networks.behave(deliver_any=True)


def midnight() -> datetime:
    """The end of today in Lagos."""
    today = clock.now().astimezone(LAGOS).date()
    return datetime.combine(today + DAY, time(), tzinfo=LAGOS).astimezone(UTC)


def format_id_time(at: datetime) -> str:
    """The digits with which a request id of this time begins."""
    return at.astimezone(LAGOS).strftime("%Y%m%d%H%M")


def start(customer: Customer, at: datetime) -> str:
    return purchases.start(
        user=customer.user, service_id="mtn", phone=PHONE, amount_kobo=500_00, now=at
    ).reference


# --- Midnight ---------------------------------------------------------------------------------


def test_a_request_id_has_the_date_on_which_it_is_sent(
    rich: Customer, networks: Networks, vendor: Vendor
) -> None:
    """Ordered before midnight and sent after it: one call, with the new date."""
    before, after = midnight() - timedelta(seconds=1), midnight() + timedelta(seconds=1)
    reference = start(rich, before)
    vendor.advance((after - clock.now()).total_seconds())

    sent = purchases.send(reference=reference, now=after)

    assert sent.status is TransactionStatus.SUCCESS
    assert sent.vendor_id.startswith(format_id_time(after))
    assert format_id_time(after)[:8] > format_id_time(before)[:8]
    assert [call["reference"] for call in networks.calls("pay")] == [sent.vendor_id]


def test_a_request_id_that_arrives_after_midnight_is_replaced(
    rich: Customer, networks: Networks
) -> None:
    """It is refused, and the purchase is sent once more with a new id."""
    yesterday = midnight() - DAY - timedelta(seconds=1)
    reference = start(rich, clock.now())

    sent = purchases.send(reference=reference, now=yesterday)

    assert sent.status is TransactionStatus.SUCCESS
    first, second = [call["reference"] for call in networks.calls("pay")]
    assert first.startswith(format_id_time(yesterday))
    assert second.startswith(format_id_time(clock.now())[:8])
    assert rich.transaction(reference).vendor_id == second
    assert rich.wallet.available == 9_500_00
    check_money(rich.wallet)


# --- The schedule of requeries ----------------------------------------------------------------


def test_requeries_are_scheduled_soon_and_then_hourly(rich: Customer, networks: Networks) -> None:
    """Ten seconds after the answer, then after 30, 60, 120, 300, 900, 1800 and 3600, and so on."""
    Transaction.objects(next_check_at__exists=True).update(unset__next_check_at=1)
    asked_at = clock.now()
    purchase = buy_pending(rich, networks, PHONE)
    due = [purchase.next_check_at]

    for _ in range(9):
        claimed = claim_due(now=due[-1], limit=10)
        assert claimed == [("airtime.requery", purchase.reference)]
        assert claim_due(now=due[-1], limit=10) == []
        due.append(rich.transaction(purchase.reference).next_check_at)

    waits = [(later - sooner).total_seconds() for sooner, later in pairwise(due)]
    assert asked_at + timedelta(seconds=10) <= due[0] <= clock.now() + timedelta(seconds=10)
    assert waits == [30, 60, 120, 300, 900, 1800, 3600, 3600, 3600]


def test_no_requery_is_scheduled_while_the_call_may_be_open(
    rich: Customer, networks: Networks
) -> None:
    """If the sender died, the first requery comes when its call must have ended."""
    reference = start(rich, clock.now())
    transaction = find_purchase(reference)
    assert transaction is not None
    now = clock.now()

    assert purchases._claim(transaction, now)

    waits = rich.transaction(reference).next_check_at - now
    assert waits == timedelta(seconds=5 + 15 + 10)  # connecting, reading, and the first delay


def test_a_purchase_that_is_pending_for_a_day_opens_a_review_case(
    rich: Customer, networks: Networks
) -> None:
    """One case; the hold stays, and requeries go on."""
    purchase = buy_pending(rich, networks, PHONE)
    created_at = purchase.created_at

    ask(reference=purchase.reference, now=created_at + DAY - timedelta(seconds=1))
    before = review_kinds(purchase.reference)
    ask(reference=purchase.reference, now=created_at + DAY)
    ask(reference=purchase.reference, now=created_at + 2 * DAY)

    after = rich.transaction(purchase.reference)
    assert before == set()
    [case] = ReviewCase.objects(transaction=purchase.reference)
    assert (case.kind, case.vendor_id) == ("pending_for_a_day", purchase.vendor_id)
    assert case.evidence["since"] == created_at.isoformat()
    assert (after.status, after.needs_review) == (TransactionStatus.PENDING, True)
    assert after.next_check_at is not None
    assert (rich.wallet.balance, rich.wallet.held) == (10_000_00, 500_00)
    check_money(rich.wallet)


def test_a_vendor_that_is_silent_for_a_day_opens_a_review_case(
    rich: Customer, networks: Networks
) -> None:
    """The case is opened although the vendor does not answer; it is asked again."""
    purchase = buy_pending(rich, networks, PHONE)
    networks.fault("http_500", endpoint="requery")

    with pytest.raises(VendorUnavailable):
        ask(reference=purchase.reference, now=purchase.created_at + DAY)

    assert review_kinds(purchase.reference) == {"pending_for_a_day"}
    assert rich.transaction(purchase.reference).next_check_at is not None


def test_a_purchase_with_a_review_case_can_still_be_settled(
    rich: Customer, networks: Networks
) -> None:
    """The vendor decides days later, and a requery charges the purchase."""
    purchase = buy_pending(rich, networks, PHONE)
    ask(reference=purchase.reference, now=clock.now() + 2 * DAY)
    reviewed = review_kinds(purchase.reference)
    networks.end(purchase.vendor_id, "delivered")

    ask(reference=purchase.reference, now=clock.now() + 3 * DAY)

    assert reviewed == {"pending_for_a_day"}
    assert rich.transaction(purchase.reference).status is TransactionStatus.SUCCESS
    assert rich.wallet.available == 9_500_00
    check_money(rich.wallet)
