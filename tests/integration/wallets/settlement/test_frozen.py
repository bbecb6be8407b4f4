"""What settle() freezes for an open chargeback, and gives back or takes when it is decided."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.documents import LONG_AGO, MakeTransaction
from wallets.ledger.documents import ChangeSource, Lock, LockOwner
from wallets.ledger.targets import Posting, Target
from wallets.ledger.vendor_objects import VendorObject
from wallets.settlement import settle

from .conftest import (
    CREDIT,
    CUSTOMER,
    DEBT,
    FLOAT,
    GIFT,
    HAS_COME,
    NOW,
    OURS,
    SUCCESS,
    Trial,
    movements_of,
    reversals_of,
    state_of,
    stored,
    wallet_of,
)

BY_WEBHOOK: dict[str, Any] = {"source": ChangeSource.WEBHOOK, "now": NOW}
NOTHING: list[VendorObject] = []
HALF = (Posting(FLOAT, CUSTOMER, 50),)


def disputed(kobo: int, final: tuple[Posting, ...] = GIFT) -> Target:
    return replace(HAS_COME, final=final, frozen_kobo=kobo)


@pytest.mark.parametrize(
    "target, state, frozen, weighed",
    [
        pytest.param(disputed(60), (600, 100, 0), (60, 0), 1, id="nothing new"),
        pytest.param(disputed(61), (600, 101, 0), (61, 0), None, id="one kobo more"),
        pytest.param(disputed(59), (600, 99, 0), (59, 0), None, id="one kobo less"),
        pytest.param(disputed(0), (600, 40, 0), (0, 0), None, id="won"),
        pytest.param(disputed(700), (600, 600, 0), (560, 140), None, id="more than there is"),
        pytest.param(disputed(10, HALF), (550, 50, 0), (10, 0), None, id="a part was lost"),
        pytest.param(disputed(0, ()), (500, 40, 0), (0, 0), None, id="all was lost"),
    ],
)
def test_what_is_frozen_follows_the_dispute(
    trial: Trial,
    make_transaction: MakeTransaction,
    announced: list[str],
    target: Target,
    state: tuple[int, int, int],
    frozen: tuple[int, int],
    weighed: int | None,
) -> None:
    """40 kobo are held for others, and 60 frozen. Only what is lost is a REVERSAL."""
    credited = make_transaction(CREDIT)
    trial.target = disputed(60)
    settle(credited, NOTHING, **BY_WEBHOOK)
    assert (state_of(credited), stored(credited).frozen) == ((600, 100, 0), 60)
    announced.clear()
    trial.target = target

    settle(credited, NOTHING, **BY_WEBHOOK)

    after = stored(credited)
    lost = 600 - state[0]
    assert state_of(credited) == state
    assert (after.frozen, after.unfrozen, after.weighed) == (*frozen, weighed)
    assert (credited.frozen, credited.unfrozen) == frozen
    assert wallet_of(credited).unfrozen == frozen[1]
    assert [each.amount for each in reversals_of(credited)] == ([lost] if lost else [])
    assert len(announced) == (2 if lost else 0)
    assert after.revision == (3 if lost else 2)


def test_a_lost_chargeback_is_paid_from_what_was_frozen_for_it(
    trial: Trial, make_transaction: MakeTransaction
) -> None:
    """All else is held for others, and yet the customer owes nothing."""
    credited = make_transaction(CREDIT, wallet={"balance": 40})
    trial.target = disputed(100)
    settle(credited, NOTHING, **BY_WEBHOOK)
    assert state_of(credited) == (140, 140, 0)
    trial.target = disputed(0, ())

    settle(credited, NOTHING, **BY_WEBHOOK)

    assert state_of(credited) == (40, 40, 0)
    assert [movements_of(each) for each in reversals_of(credited)] == [[(OURS, FLOAT, 100)]]


def test_what_is_thawed_repays_a_debt(trial: Trial, make_transaction: MakeTransaction) -> None:
    """The entry belongs to the transaction that was disputed, and the debt's lock ends."""
    lock = Lock(reason="They owe.", owner=LockOwner.DEBT, since=LONG_AGO, by="test")
    wallet = {"balance": 60, "held": 60, "owed": 30, "locks": [lock], "is_locked": True}
    credited = make_transaction(CREDIT, SUCCESS, frozen=60, wallet=wallet)
    trial.target = Target(status=SUCCESS, frozen_kobo=15)

    settle(credited, NOTHING, **BY_WEBHOOK)

    assert movements_of(credited) == [(OURS, DEBT, 30)]
    assert state_of(credited) == (30, 15, 0)
    assert stored(credited).frozen == 15
    assert wallet_of(credited).locks == []


def test_without_a_change_of_what_is_frozen_a_debt_is_not_repaid(
    trial: Trial, make_transaction: MakeTransaction
) -> None:
    """Other parts of PayFlow repay it when money becomes free."""
    wallet = {"balance": 100, "held": 60, "owed": 30}
    credited = make_transaction(CREDIT, SUCCESS, frozen=60, wallet=wallet)
    trial.target = Target(status=SUCCESS, frozen_kobo=60)

    settle(credited, NOTHING, **BY_WEBHOOK)

    assert movements_of(credited) == []
    assert state_of(credited) == (100, 60, 30)


@pytest.mark.parametrize(
    "held, fields, target, state, frozen",
    [
        pytest.param(0, {}, HAS_COME, (100, 50, 0), 50, id="a credit"),
        pytest.param(
            0, {"status": SUCCESS}, HAS_COME, (100, 50, 0), 50, id="a REVERSAL that gives"
        ),
        pytest.param(
            60,
            {"status": SUCCESS, "frozen": 60},
            Target(status=SUCCESS, frozen_kobo=20),
            (60, 60, 0),
            40,
            id="what is thawed",
        ),
    ],
)
def test_money_that_comes_is_frozen_for_an_older_dispute(
    trial: Trial,
    make_transaction: MakeTransaction,
    held: int,
    fields: dict[str, Any],
    target: Target,
    state: tuple[int, int, int],
    frozen: int,
) -> None:
    """A chargeback wanted 50 kobo of another transaction that the wallet did not have."""
    wallet = {"balance": held, "held": held, "unfrozen": 50, "transaction_number": 2}
    credit = make_transaction(CREDIT, number=2, wallet=wallet, **fields)
    older = make_transaction(CREDIT, SUCCESS, unfrozen=50)
    older.update(set__wallet=credit.wallet, set__user_id=credit.user_id)
    trial.target = target

    settle(credit, NOTHING, **BY_WEBHOOK)

    assert state_of(credit) == state
    assert (stored(older).frozen, stored(older).unfrozen) == (frozen, 50 - frozen)
    assert wallet_of(credit).unfrozen == 50 - frozen
