"""apply_facts(): what is recorded, whose transaction is settled, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from payflow.kernel.errors import InvariantBroken
from tests.support.documents import MakeTransaction
from wallets.ledger.documents import ChangeSource, Transaction
from wallets.ledger.targets import Posting
from wallets.ledger.vendor_objects import SENT, Fact, ObjectKind, VendorObject
from wallets.settlement import apply_facts

from .conftest import (
    COSTS,
    CREDIT,
    FEES,
    FLOAT,
    IS_PAID,
    NOW,
    ORDER,
    OURS,
    PENDING,
    SUCCESS,
    UNDECIDED,
    VENDOR,
    Trial,
    cases_of,
    fact,
    movements_of,
    reversals_of,
    rows_of,
    stored,
    wallet_of,
)

ASKED = NOW - timedelta(minutes=5)
OWN_COST = Posting(COSTS, FLOAT, 3)


def hear(transaction: Transaction, *facts: Fact, **more: Any) -> Transaction:
    usual = {"source": ChangeSource.RECONCILE, "asked_at": ASKED, "now": NOW}
    return apply_facts(transaction, facts, **{**usual, **more})


def objects_under(transaction: Transaction) -> list[str]:
    return sorted(
        each.vendor_id for each in VendorObject.objects(transaction=transaction.reference)
    )


def test_a_fact_is_recorded_as_of_the_question_and_settled_now(
    trial: Trial, make_transaction: MakeTransaction
) -> None:
    """Object, transaction and history name the source."""
    debit = make_transaction()
    trial.target = IS_PAID

    same = hear(debit, fact("9", amount=100))

    [known] = VendorObject.objects(transaction=debit.reference)
    assert same is debit
    assert (known.vendor_id, known.status, known.amount) == ("9", "successful", 100)
    assert (known.asked_at, known.history[0].source) == (ASKED, ChangeSource.RECONCILE)
    assert trial.weighed == ["9"]
    after = stored(debit)
    assert (after.status, after.completed_at) == (SUCCESS, NOW)
    assert after.history[-1].source is ChangeSource.RECONCILE


def test_what_is_known_already_settles_nothing(
    trial: Trial, make_transaction: MakeTransaction
) -> None:
    """Only the object says that it was asked about again."""
    debit = make_transaction()
    hear(debit, fact("9"))
    debit = stored(debit)
    before = debit.to_mongo()
    trial.target = IS_PAID

    same = hear(debit, fact("9"), asked_at=NOW)

    assert same is debit
    assert stored(debit).to_mongo() == debit.to_mongo() == before
    assert VendorObject.objects.get(transaction=debit.reference).asked_at == NOW


@pytest.mark.parametrize("facts", [("8", "9"), ("9", "8")])
def test_one_fact_that_is_news_settles_all(
    trial: Trial, make_transaction: MakeTransaction, facts: Sequence[str]
) -> None:
    """Whichever comes first; the known ones count too, in the order of the vendor."""
    debit = make_transaction()
    hear(debit, fact("8"), fact("07"))
    trial.target = IS_PAID

    hear(debit, *(fact(each) for each in facts))

    assert trial.weighed == ["8", "9", "07"]
    assert stored(debit).status is SUCCESS


def test_a_refund_may_have_the_id_of_its_payment(
    trial: Trial, make_transaction: MakeTransaction
) -> None:
    """They are two objects."""
    credit = make_transaction(CREDIT)
    refund = Fact(vendor=VENDOR, kind=ObjectKind.REFUND, vendor_id="9", status="completed")
    hear(credit, fact("9"))

    hear(credit, refund)

    assert trial.weighed == ["9", "9"]
    found = VendorObject.objects(transaction=credit.reference)
    assert {each.kind: each.status for each in found} == {
        ObjectKind.TRANSFER: "successful",
        ObjectKind.REFUND: "completed",
    }


@pytest.mark.parametrize("others", [(), ("10",)])
def test_an_object_settles_the_transaction_that_staff_gave_it_to(
    trial: Trial, make_transaction: MakeTransaction, others: Sequence[str]
) -> None:
    """The transaction that the vendor names stays as it is, unless another fact is about it."""
    holder, named = make_transaction(), make_transaction()
    hear(holder, fact("9", "pending"))
    trial.target = IS_PAID
    before = rows_of(named)

    same = hear(named, fact("9"), *(fact(each) for each in others))

    assert same is named
    after = stored(holder)
    assert (after.status, after.completed_at) == (SUCCESS, NOW)
    assert after.history[-1].source is ChangeSource.RECONCILE
    assert objects_under(holder) == ["9"]
    assert objects_under(named) == list(others)
    assert trial.weighed == list(others or ["9"])
    assert stored(named).status is (SUCCESS if others else PENDING)
    assert others or rows_of(named) == before


def test_what_is_known_of_anothers_object_settles_nothing(
    trial: Trial, make_transaction: MakeTransaction
) -> None:
    holder, named = make_transaction(), make_transaction()
    hear(holder, fact("9"))
    trial.target = IS_PAID
    before = stored(holder).to_mongo(), rows_of(named)

    hear(named, fact("9"))

    assert (stored(holder).to_mongo(), rows_of(named)) == before


def test_an_object_of_a_transaction_that_is_gone_is_a_broken_invariant(
    make_transaction: MakeTransaction,
) -> None:
    """The fact is not recorded, and the wallet of the transaction that it names is locked."""
    gone, named = make_transaction(), make_transaction()
    hear(gone, fact("9", "pending"))
    gone.delete()

    with pytest.raises(InvariantBroken) as caught:
        hear(named, fact("9"))

    assert str(caught.value) == "vendor object 9 belongs to no transaction"
    assert VendorObject.objects.get(vendor=VENDOR).status == "pending"
    assert cases_of(f"wallet:{named.wallet}") == [("books_broken", named.reference)]
    assert wallet_of(named).is_locked
    assert not wallet_of(gone).is_locked


@pytest.mark.parametrize("known", [[], [fact("1", SENT)]])
def test_what_was_booked_while_pending_is_not_booked_again(
    trial: Trial, make_transaction: MakeTransaction, known: list[Fact]
) -> None:
    """Also if one of the objects was only sent, and the vendor has not said anything of it."""
    debit = make_transaction()
    trial.target = replace(UNDECIDED, final=(OWN_COST,))
    hear(debit, *known, fact("8"))
    trial.target = replace(IS_PAID, final=(*ORDER, OWN_COST))

    hear(debit, fact("9"))

    assert movements_of(debit) == [(COSTS, FLOAT, 3), (OURS, FLOAT, 100), (OURS, FEES, 10)]
    assert reversals_of(debit) == []
