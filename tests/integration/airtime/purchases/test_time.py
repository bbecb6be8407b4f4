"""Purchases and the clock: midnight in Lagos, and the hours of waiting for an outcome."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest

from airtime.purchases import outcomes
from airtime.purchases import services as purchases
from airtime.vtpass.request_ids import LAGOS
from payflow.kernel import clock
from payflow.kernel.errors import VendorUnavailable
from tests.support.airtime import reference_in, requery_purchase
from tests.support.books import review_kinds
from tests.support.invariants import check_money
from tests.support.networks import Networks
from tests.support.people import Customer
from tests.support.vendor import Vendor
from wallets.ledger.documents import Transaction, TransactionStatus
from wallets.requery import claim_due
from wallets.review.documents import ReviewCase

pytestmark = pytest.mark.usefixtures("db")
PHONE = "08031234567"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def generous(networks: Networks) -> None:
    networks.behave(deliver_any=True)


def midnight() -> datetime:
    """The one that today ends with, in Lagos."""
    today = clock.now().astimezone(LAGOS).date()
    return datetime.combine(today + DAY, time(), tzinfo=LAGOS).astimezone(UTC)


def in_lagos(at: datetime) -> str:
    """The digits that an id made then begins with."""
    return at.astimezone(LAGOS).strftime("%Y%m%d%H%M")


def ordered(customer: Customer, at: datetime) -> str:
    return purchases.start_purchase(
        user=customer.user, service_id="mtn", phone=PHONE, amount_kobo=500_00, now=at
    ).reference


# --- Midnight ---------------------------------------------------------------------------------


def test_an_order_of_yesterday_is_sent_under_todays_date(
    rich: Customer, networks: Networks, vendor: Vendor
) -> None:
    """The id is made when it is sent: one call, on the new day, under the new date."""
    before, after = midnight() - timedelta(seconds=1), midnight() + timedelta(seconds=1)
    reference = ordered(rich, before)
    vendor.advance((after - clock.now()).total_seconds())

    sent = purchases.send(reference=reference, now=after)

    assert sent.status is TransactionStatus.SUCCESS
    assert sent.vendor_id.startswith(in_lagos(after))
    assert in_lagos(after)[:8] > in_lagos(before)[:8]
    assert [call["reference"] for call in networks.calls("pay")] == [sent.vendor_id]


def test_an_id_that_arrives_after_midnight_is_made_anew(rich: Customer, networks: Networks) -> None:
    """Made a moment before midnight and there a moment after: refused, and sent again, once."""
    yesterday = midnight() - DAY - timedelta(seconds=1)
    reference = ordered(rich, clock.now())

    sent = purchases.send(reference=reference, now=yesterday)

    assert sent.status is TransactionStatus.SUCCESS
    first, second = [call["reference"] for call in networks.calls("pay")]
    assert first.startswith(in_lagos(yesterday))
    assert second.startswith(in_lagos(clock.now())[:8])
    assert rich.transaction(reference).vendor_id == second
    assert rich.wallet.available == 9_500_00
    check_money(rich.wallet)


# --- Waiting ----------------------------------------------------------------------------------


def pending(customer: Customer, networks: Networks) -> Transaction:
    networks.answer(status="pending", record="pending")
    return customer.transaction(reference_in(customer.buy(PHONE)))


def test_looks_come_at_first_soon_and_then_hourly(rich: Customer, networks: Networks) -> None:
    """Ten seconds after the answer, then after 30, 60, 120, 300, 900, 1800 and 3600 for ever."""
    Transaction.objects(next_check_at__exists=True).update(unset__next_check_at=1)
    asked_at = clock.now()
    purchase = pending(rich, networks)
    due = [purchase.next_check_at]

    for _ in range(9):
        claimed = claim_due(now=due[-1], limit=10)
        assert claimed == [("airtime.requery", purchase.reference)]
        assert claim_due(now=due[-1], limit=10) == []
        due.append(rich.transaction(purchase.reference).next_check_at)

    waits = [(later - sooner).total_seconds() for sooner, later in pairwise(due)]
    assert asked_at + timedelta(seconds=10) <= due[0] <= clock.now() + timedelta(seconds=10)
    assert waits == [30, 60, 120, 300, 900, 1800, 3600, 3600, 3600]


def test_nobody_looks_while_the_call_may_be_open(rich: Customer, networks: Networks) -> None:
    """A purchase whose sender died is looked at when its call must have ended."""
    reference = ordered(rich, clock.now())
    transaction = outcomes.find_purchase(reference)
    assert transaction is not None
    now = clock.now()

    assert purchases._claim(transaction, now)

    waits = rich.transaction(reference).next_check_at - now
    assert waits == timedelta(seconds=5 + 15 + 10)  # to connect, to read, and the first look


def test_after_a_day_a_person_finds_out(rich: Customer, networks: Networks) -> None:
    """Up to then it is asked about; then a case is open, the hold stays, and no clock ticks."""
    purchase = pending(rich, networks)
    created_at = purchase.created_at

    outcomes.requery(reference=purchase.reference, now=created_at + DAY - timedelta(seconds=1))
    before = review_kinds(purchase.reference)
    outcomes.requery(reference=purchase.reference, now=created_at + DAY)
    outcomes.requery(reference=purchase.reference, now=created_at + 2 * DAY)

    after = rich.transaction(purchase.reference)
    assert before == set()
    [case] = ReviewCase.objects(transaction=purchase.reference)
    assert (case.kind, case.vendor_id) == ("outcome_unknown", purchase.vendor_id)
    assert case.evidence["ours_kobo"] == 500_00
    assert (after.status, after.next_check_at, after.needs_review) == (
        TransactionStatus.PENDING,
        None,
        True,
    )
    assert (rich.wallet.balance, rich.wallet.held) == (10_000_00, 500_00)
    check_money(rich.wallet)


def test_after_a_day_of_silence_too(rich: Customer, networks: Networks) -> None:
    """A vendor that never answers does not keep the case from being opened."""
    purchase = pending(rich, networks)
    networks.fault("http_500", endpoint="requery")

    with pytest.raises(VendorUnavailable):
        outcomes.requery(reference=purchase.reference, now=purchase.created_at + DAY)

    assert review_kinds(purchase.reference) == {"outcome_unknown"}
    assert rich.transaction(purchase.reference).next_check_at is None


def test_what_a_person_waits_for_can_still_be_settled(rich: Customer, networks: Networks) -> None:
    """The vendor decides after days, and somebody asks: charged, by the same way as ever."""
    purchase = pending(rich, networks)
    requery_purchase(purchase.reference, 2 * DAY)
    networks.end(purchase.vendor_id, "delivered")

    requery_purchase(purchase.reference, 3 * DAY)

    assert rich.transaction(purchase.reference).status is TransactionStatus.SUCCESS
    assert rich.wallet.available == 9_500_00
    check_money(rich.wallet)
