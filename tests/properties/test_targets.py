"""The same facts of a vendor, in any order and any number of times, end in the same books.

Pure: no database. A story is what really happened at the vendor: objects whose status changes.
Every moment of it is a fact that PayFlow may hear early, late, twice, or never. What is heard
last about each object must be its end; then the target follows from the story alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airtime.clients import PurchaseVerdict
from airtime.purchases.documents import Purchase
from airtime.purchases.targets import find_target as purchase_target
from wallets.funding.targets import find_target as funding_target
from wallets.funding.targets import unmatched_target
from wallets.ledger.documents import ChangeSource, Transaction, TransactionStatus
from wallets.ledger.targets import CUSTOMER, Posting, Target, difference
from wallets.ledger.vendor_objects import (
    Fact,
    ObjectKind,
    VendorObject,
    first_sight,
    hear,
    in_order,
)
from wallets.withdrawals.targets import find_target as withdrawal_target

_START = datetime(2026, 1, 31, 12, tzinfo=UTC)
_ASKED = 1000_00
Facts = list[tuple[datetime, Fact]]


@dataclass(frozen=True)
class Flow:
    """A flow's target, a transaction of it, and the statuses of its vendor's objects."""

    target: Callable[[Any, Sequence[VendorObject]], Target]
    transaction: Transaction
    kind: ObjectKind
    statuses: tuple[str, ...]
    amounts: tuple[int, ...]
    currencies: tuple[str, ...] = ("NGN",)
    # What may be about an object of the flow: its kind and statuses.
    about: tuple[tuple[ObjectKind, tuple[str, ...]], ...] = ()
    house: str = "gateway:flutterwave"


def _transaction(kind: str, **fields: Any) -> Transaction:
    return Transaction(
        reference=f"PF{kind[:3]}TEST", type=kind, amount=_ASKED, currency="NGN", **fields
    )


_PAYMENT = ("pending", "failed", "successful", "reversed")
_ABOUT = (
    (ObjectKind.REFUND, ("pending", "completed", "failed")),
    (ObjectKind.CHARGEBACK, ("open", "won", "lost")),
)
FLOWS = {
    "funding": Flow(
        funding_target,
        _transaction("FUNDING", requested_amount=_ASKED),
        ObjectKind.PAYMENT,
        _PAYMENT,
        (400_00, 600_00, _ASKED, 100 * _ASKED),
        ("NGN", "NGN", "USD"),
        _ABOUT,
    ),
    "unmatched payment": Flow(
        unmatched_target,
        _transaction("UNMATCHED"),
        ObjectKind.PAYMENT,
        _PAYMENT,
        (400_00, _ASKED),
        ("NGN", "USD"),
        _ABOUT,
    ),
    "withdrawal": Flow(
        withdrawal_target,
        _transaction("WITHDRAWAL", fee=10_75),
        ObjectKind.TRANSFER,
        ("pending", "successful", "failed"),
        (_ASKED, _ASKED, 900_00),
    ),
    "purchase": Flow(
        purchase_target,
        _transaction("AIRTIME", order=Purchase(service_id="mtn", phone="08031234567")),
        ObjectKind.PURCHASE,
        tuple(verdict.value for verdict in PurchaseVerdict),
        (_ASKED,),
        house="float:vtpass",
    ),
}


@st.composite
def stories(draw: Any, flow: Flow) -> Facts:
    """What happened at the vendor, moment by moment."""
    facts: Facts = []
    moments = iter(range(1, 10_000))
    ids = [str(n) for n in range(draw(st.integers(1, 3)))]
    for vendor_id in ids:
        amount = draw(st.sampled_from(flow.amounts))
        fact = Fact(
            vendor="v",
            kind=flow.kind,
            vendor_id=vendor_id,
            status="",
            amount=amount,
            fee=14_00,
            currency=draw(st.sampled_from(flow.currencies)),
            made_at=_START + timedelta(seconds=int(vendor_id)),
        )
        for status in draw(st.lists(st.sampled_from(flow.statuses), min_size=1, max_size=4)):
            debited = draw(st.sampled_from([None, 900_00, 950_00]))
            details = {"debited_kobo": debited}
            facts.append((_at(moments), replace(fact, status=status, details=details)))
    for n, (kind, statuses) in enumerate(flow.about):
        for about in draw(st.lists(st.sampled_from(ids), max_size=2, unique=True)):
            made = Fact(
                vendor="v",
                kind=kind,
                vendor_id=f"{n}-{about}",
                status="",
                amount=draw(st.sampled_from([100_00, 400_00])),
                payment_id=about,
                made_at=_START,
            )
            for status in draw(st.lists(st.sampled_from(statuses), min_size=1, max_size=3)):
                facts.append((_at(moments), replace(made, status=status)))
    # The vendor's moments of several objects lie between each other.
    return sorted(facts, key=lambda each: draw(st.integers(0, 99)))


def _at(moments: Any) -> datetime:
    return _START + timedelta(minutes=next(moments))


def heard(facts: Facts) -> list[VendorObject]:
    """The objects after these facts were heard in this order."""
    objects: dict[tuple[ObjectKind, str], VendorObject] = {}
    for asked_at, fact in facts:
        key = (fact.kind, fact.vendor_id)
        if key in objects:
            hear(objects[key], fact, ChangeSource.WEBHOOK, asked_at)
        else:
            objects[key] = first_sight(fact, "PF", ChangeSource.WEBHOOK, asked_at)
    return in_order(objects.values())


def outcome(target: Target) -> Any:
    """What must not depend on the order: books, status, what is frozen, findings."""
    return (
        target.status,
        difference(target.first, ()),
        difference(target.final, ()),
        target.frozen_kobo,
        sorted((finding.kind.word, finding.vendor_id) for finding in target.findings),
    )


@pytest.mark.parametrize("name", list(FLOWS))
@given(data=st.data())
@settings(max_examples=700, deadline=None)
def test_any_order_and_any_repetition_of_the_same_facts_has_one_target(
    name: str, data: st.DataObject
) -> None:
    """Facts heard early, late and twice leave the same target as facts heard in their order."""
    flow = FLOWS[name]
    story = data.draw(stories(flow))
    in_time = sorted(story, key=lambda each: each[0])
    shuffled = data.draw(st.permutations(story))
    again = data.draw(st.lists(st.sampled_from(story), max_size=4))

    expected = outcome(flow.target(flow.transaction, heard(in_time)))

    assert outcome(flow.target(flow.transaction, heard([*shuffled, *again]))) == expected


@pytest.mark.parametrize("name", list(FLOWS))
@given(data=st.data())
@settings(max_examples=700, deadline=None)
def test_what_the_vendor_holds_is_what_its_objects_add_up_to(
    name: str, data: st.DataObject
) -> None:
    """The house account follows the vendor's own sums, and the customer never gets more.

    The vendor's sums are computed here from the story's last word on each object.
    """
    flow = FLOWS[name]
    objects = heard(data.draw(stories(flow)))
    target = flow.target(flow.transaction, objects)

    assert _net(target.final, flow.house, "NGN") == _vendors_sum(flow, objects)
    customer = -_net(target.final, CUSTOMER, "NGN")
    if name in ("withdrawal", "purchase"):
        assert customer in (0, -(_ASKED + flow.transaction.fee))
    else:
        assert 0 <= customer <= _ASKED
        assert 0 <= target.frozen_kobo <= customer
    if target.status is not TransactionStatus.SUCCESS:
        assert customer == 0 and not target.first


def _net(postings: Sequence[Posting], account: str, currency: str) -> int:
    """Debits less credits."""
    sums: defaultdict[str, int] = defaultdict(int)
    for each in postings:
        if each.currency == currency:
            sums[each.debit_account] += each.amount
            sums[each.credit_account] -= each.amount
    return sums[account]


def _vendors_sum(flow: Flow, objects: Sequence[VendorObject]) -> int:
    """What the vendor's balance has gained, by the vendor's own rules."""
    return sum(_gain(flow, each, objects) for each in objects if each.currency == "NGN")


def _gain(flow: Flow, one: VendorObject, objects: Sequence[VendorObject]) -> int:
    if one.kind is ObjectKind.PAYMENT:
        if _last(one, "successful", "failed", "reversed") != "successful":
            return 0
        taken = sum(
            each.amount
            for each in objects
            if each.payment_id == one.vendor_id
            and (
                (each.kind is ObjectKind.REFUND and each.status != "failed")
                or (each.kind is ObjectKind.CHARGEBACK and each.status == "lost")
            )
        )
        return one.amount - taken - one.fee
    if one.kind is ObjectKind.TRANSFER and _last(one, "successful", "failed") == "successful":
        return -one.amount - one.fee
    is_delivered = _last(one, "delivered", "failed", "reversed") == "delivered"
    if one.kind is ObjectKind.PURCHASE and is_delivered:
        return -int(one.details.get("debited_kobo") or _ASKED)
    return 0


def _last(one: VendorObject, *final: str) -> str:
    """The last of these statuses that the story has."""
    named = [each.status for each in one.history if each.status in final]
    return named[-1] if named else ""
