"""The same facts, in any order, twice, and with crashes in between, end in the same books.

With the database: two customers live through the same story. One hears each fact once, in time.
The other hears them in another order, some twice, and some blocks die before their commit and run
again. At the end both have the same money, the same status and the same open cases.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airtime.purchases.documents import Purchase
from payflow.kernel import clock, failpoints
from payflow.kernel.db import atomic
from tests.properties.test_targets import FLOWS, Facts, stories
from tests.support.invariants import check_money
from tests.support.people import Customer
from wallets.ledger import intents
from wallets.ledger.documents import ChangeSource, LedgerEntry, Transaction
from wallets.ledger.vendor_objects import Fact
from wallets.review.documents import ReviewCase
from wallets.settlement import apply_facts
from wallets.withdrawals.documents import Payout

pytestmark = pytest.mark.usefixtures("db")
_ASKED = 1000_00
_FINAL = {
    "funding": ("failed", "successful", "reversed"),
    "withdrawal": ("failed", "successful"),
    "purchase": ("failed", "delivered", "reversed"),
}
_ORDERS: dict[str, dict[str, Any]] = {
    "funding": {"requested_amount": _ASKED},
    "withdrawal": {
        "order": Payout(
            bank_code="044", account_number="0690000031", account_name="Ada", narration="x"
        )
    },
    "purchase": {"order": Purchase(service_id="mtn", phone="08031234567")},
}


class Died(Exception):
    """The process died before its commit."""


@contextmanager
def dies_before_commit() -> Iterator[None]:
    def die(name: str, where: str) -> None:
        if name == "before-commit" and where.endswith(".apply_facts"):
            raise Died

    failpoints.set_action(die)
    try:
        yield
    finally:
        failpoints.set_action(None)


def begin(name: str) -> tuple[Customer, Transaction]:
    """A customer with money, and a PENDING transaction of the flow."""
    customer, flow = Customer(), FLOWS[name]
    customer.receive("5000")
    fee = int(flow.transaction.fee)

    @atomic
    def record() -> Transaction:
        return intents.record(
            customer.wallet,
            flow.transaction.type,
            user=customer.user,
            amount_kobo=_ASKED,
            fee_kobo=fee,
            hold_kobo=0 if name == "funding" else _ASKED + fee,
            identity=None,
            now=clock.now(),
            **_ORDERS[name],
        )

    return customer, record()


def hear_all(transaction: Transaction, facts: list[tuple[datetime, Fact, bool]]) -> None:
    """Apply the facts in this order; True: the block dies once before its commit."""
    for asked_at, fact, is_dying in facts:
        # Each customer has vendor objects of their own.
        mine = Fact(**{**vars(fact), "vendor_id": f"{transaction.reference}-{fact.vendor_id}"})
        if fact.payment_id:
            payment_id = f"{transaction.reference}-{fact.payment_id}"
            mine = Fact(**{**vars(mine), "payment_id": payment_id})
        if is_dying:
            with dies_before_commit(), pytest.raises(Died):
                _apply(transaction, mine, asked_at)
        _apply(transaction, mine, asked_at)


def _apply(transaction: Transaction, fact: Fact, asked_at: datetime) -> None:
    stored = Transaction.objects.get(pk=transaction.pk)
    apply_facts(stored, [fact], source=ChangeSource.WEBHOOK, asked_at=asked_at, now=clock.now())


def outcome(customer: Customer, transaction: Transaction) -> Any:
    """What must not depend on the order."""
    stored, wallet = Transaction.objects.get(pk=transaction.pk), customer.wallet
    check_money(wallet)
    linked = [each.reference for each in Transaction.objects(reverses=stored.reference)]
    net: defaultdict[str, int] = defaultdict(int)
    for entry in LedgerEntry.objects(transaction__in=[stored.reference, *linked]):
        net[f"{entry.credit_account} {entry.currency}"] += entry.amount
        net[f"{entry.debit_account} {entry.currency}"] -= entry.amount
    own = str(wallet.pk)
    cases = ReviewCase.objects(transaction=stored.reference, state="OPEN")
    return {
        "books": {name.replace(own, "own"): kobo for name, kobo in net.items() if kobo},
        "status": stored.status,
        "reversed": stored.reversed_kobo,
        "wallet": (wallet.balance, wallet.held, wallet.owed),
        "cases": sorted(
            (case.kind, case.vendor_id.removeprefix(stored.reference)) for case in cases
        ),
    }


def ends(name: str, facts: Facts) -> bool:
    """Whether the vendor has decided every object in the end."""
    last: dict[tuple[str, str], tuple[datetime, str]] = {}
    for asked_at, fact in facts:
        key = (fact.kind.value, fact.vendor_id)
        last[key] = max(last.get(key, (asked_at, fact.status)), (asked_at, fact.status))
    own = FLOWS[name].kind.value
    return all(status in _FINAL[name] for (kind, _), (_, status) in last.items() if kind == own)


@pytest.mark.parametrize("name", list(_FINAL))
@given(data=st.data())
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
def test_facts_in_any_order_and_after_any_crash_end_in_the_same_books(
    name: str, data: st.DataObject
) -> None:
    """Books, status, wallet and open cases are those of the customer who heard all in time."""
    facts = data.draw(stories(FLOWS[name]).filter(lambda found: ends(name, found)))
    again = data.draw(st.lists(st.sampled_from(facts), max_size=3))
    shuffled = data.draw(st.permutations([*facts, *again]))
    dying = data.draw(st.lists(st.booleans(), min_size=len(shuffled), max_size=len(shuffled)))

    calm, first = begin(name)
    hear_all(first, [(at, fact, False) for at, fact in sorted(facts, key=lambda each: each[0])])
    unlucky, second = begin(name)
    hear_all(second, [(at, fact, dies) for (at, fact), dies in zip(shuffled, dying, strict=True)])

    assert outcome(unlucky, second) == outcome(calm, first)
