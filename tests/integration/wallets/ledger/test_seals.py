"""Whether a debit that is about to be sent is what its customer ordered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId

from payflow.kernel.errors import InvariantBroken
from tests.support.documents import LONG_AGO, MakeTransaction, MakeWallet
from wallets.ledger import seals
from wallets.ledger.documents import Transaction, Wallet

pytestmark = pytest.mark.usefixtures("db")
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
CHANGED = "was changed after it was ordered"
NOT_ITS_WALLETS = "belongs to another customer than its wallet"
NOT_FOLLOWED = "has another seal than what follows it names"


@pytest.fixture
def three(make_wallet: MakeWallet, new_transaction: MakeTransaction) -> list[Transaction]:
    """The transactions 1 to 3 of a wallet, each sealed behind the one before it.

    Another customer's transactions have the same numbers and were stored before.
    """
    for _ in range(2):
        wallet = make_wallet(transaction_number=3)
        made: list[Transaction] = []
        previous = ""
        for number in (1, 2, 3):
            one = new_transaction(wallet, number=number, created_at=LONG_AGO, updated_at=LONG_AGO)
            previous = seals.seal(one, previous=previous)
            made.append(one.save(force_insert=True))
        Wallet.objects(pk=wallet.pk).update_one(set__transaction_seal=previous)
    return made


def change_stored(one: Transaction, **fields: Any) -> None:
    Transaction._get_collection().update_one({"_id": one.pk}, {"$set": fields})


def change_wallet(one: Transaction, **fields: Any) -> None:
    Wallet._get_collection().update_one({"_id": one.wallet}, {"$set": fields})


def refusal(one: Transaction) -> str:
    with pytest.raises(InvariantBroken) as caught:
        seals.check(one)
    return str(caught.value)


def test_every_transaction_as_it_was_ordered_passes(three: list[Transaction]) -> None:
    """The latest one is compared with the wallet, the others with the one that follows."""
    for one in three:
        seals.check(one)
        seals.check(Transaction.objects.get(pk=one.pk))


def test_a_seal_names_the_one_before_it(
    make_wallet: MakeWallet, new_transaction: MakeTransaction
) -> None:
    """It is set on the transaction, and returned."""
    one = new_transaction(make_wallet(), number=1, created_at=NOW)

    returned = seals.seal(one, previous="before")

    assert (one.prev_seal, one.seal) == ("before", returned)
    assert returned == seals.compute(one)


@pytest.mark.parametrize("place", [0, 2])
@pytest.mark.parametrize("fields", [{"amount": 101}, {"seal": None}, {"seal": ""}, {"seal": "x"}])
def test_a_transaction_that_was_changed_is_refused(
    three: list[Transaction], place: int, fields: dict[str, Any]
) -> None:
    """Or one whose seal is missing or another. What is in memory counts: it will be sent."""
    one = three[place]
    for name, value in fields.items():
        setattr(one, name, value)

    assert refusal(one) == f"{one.reference} {CHANGED}"


@pytest.mark.parametrize("place", [0, 2])
def test_a_transaction_with_a_new_seal_does_not_fit_what_follows(
    three: list[Transaction], place: int
) -> None:
    """Its own seal is right, and names the one before it."""
    one = three[place]
    one.amount = 101
    seals.seal(one, previous=one.prev_seal)

    assert refusal(one) == f"{one.reference} {NOT_FOLLOWED}"


def test_a_transaction_must_have_a_wallet(three: list[Transaction]) -> None:
    """Without it, nobody ordered it."""
    Wallet.objects(pk=three[0].wallet).delete()

    assert refusal(three[0]) == f"{three[0].reference} {NOT_ITS_WALLETS}"


@pytest.mark.parametrize("place", [0, 2])
def test_a_wallet_that_changed_its_owner_is_refused(three: list[Transaction], place: int) -> None:
    """Although its latest seal is right."""
    change_wallet(three[place], user_id=ObjectId())

    assert refusal(three[place]) == f"{three[place].reference} {NOT_ITS_WALLETS}"


def test_what_follows_must_be_there(three: list[Transaction]) -> None:
    """A transaction that was removed is missed by the one before it only."""
    three[1].delete()

    assert refusal(three[0]) == f"{three[0].reference} {NOT_FOLLOWED}"
    seals.check(three[2])


def test_each_transaction_is_compared_with_the_next_one_only(three: list[Transaction]) -> None:
    """A wrong seal of the wallet refuses the latest, a wrong one of the third the second."""
    change_wallet(three[2], tx_seal="x")
    change_stored(three[2], prev_seal="y")

    seals.check(three[0])
    for one in three[1:]:
        assert refusal(one) == f"{one.reference} {NOT_FOLLOWED}"


def test_the_wallet_says_which_one_is_the_latest(three: list[Transaction]) -> None:
    """A number that it has not given has nothing that follows."""
    change_wallet(three[2], tx_seq=4)

    assert refusal(three[2]) == f"{three[2].reference} {NOT_FOLLOWED}"
