"""What an order leaves behind before any vendor is asked, and what its repetition finds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId
from mongoengine.errors import NotUniqueError

from accounts.models import User
from payflow.kernel.db import atomic
from payflow.kernel.errors import IdempotencyConflict, RequestInProgress
from payflow.kernel.idempotency import OrderIdentity
from tests.support.documents import MakeWallet
from wallets.errors import InsufficientFunds
from wallets.ledger import intents
from wallets.ledger.documents import ChangeSource, Transaction, TransactionStatus, Wallet
from wallets.ledger.holds import DailySum
from wallets.ledger.signals import transaction_changed

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
KEY = OrderIdentity("k-1", "as ordered")
DAILY_SUM = DailySum(day="2026-01-31", adds_kobo=300, limit_kobo=1000)


@pytest.fixture
def wallet(make_wallet: MakeWallet) -> Wallet:
    return make_wallet(balance=1000, currency="NGN")


@pytest.fixture
def heard() -> Iterator[list[Transaction]]:
    """What is announced after a commit."""
    changed: list[Transaction] = []

    def listen(transaction: Transaction, **_: Any) -> None:
        changed.append(transaction)

    transaction_changed.connect(listen, sender=Transaction)
    yield changed
    transaction_changed.disconnect(listen, sender=Transaction)


def owner_of(wallet: Wallet) -> User:
    return User(pk=wallet.user_id)


@atomic
def order(wallet: Wallet, kind: str = "WITHDRAWAL", **changes: Any) -> Transaction:
    """A withdrawal of 3 naira that costs 5 kobo; what it holds is said apart."""
    wanted: dict[str, Any] = {
        "user": owner_of(wallet),
        "amount_kobo": 300,
        "hold_kobo": 305,
        "fee_kobo": 5,
        "identity": KEY,
        "now": NOW,
        **changes,
    }
    return intents.record(Wallet.objects.get(pk=wallet.pk), kind, **wanted)


def test_an_order_is_recorded_whole(wallet: Wallet, heard: list[Transaction]) -> None:
    """PENDING, with its hold, its key and its first history line, and announced once."""
    returned = order(wallet, daily_sum=DAILY_SUM, reason="because")

    stored = Transaction.objects.get(reference=returned.reference)
    for each in (returned, stored):
        assert each.reference.startswith("PFWDR")
        assert (each.wallet, each.user_id) == (wallet.pk, wallet.user_id)
        assert (each.type, each.status) == ("WITHDRAWAL", TransactionStatus.PENDING)
        assert (each.amount, each.fee, each.currency) == (300, 5, "NGN")
        assert (each.vendor, each.reason, each.number) == ("flutterwave", "because", 1)
        assert each.idempotency_key == f"{wallet.user_id}:WITHDRAWAL:k-1"
        assert each.fingerprint == "as ordered"
        [first] = each.history
        assert (first.status, first.source, first.at) == (
            TransactionStatus.PENDING,
            ChangeSource.API,
            NOW,
        )
    after = Wallet.objects.get(pk=wallet.pk)
    assert (after.held, after.withdrawn) == (305, {"2026-01-31": 300})
    assert [each.reference for each in heard] == [returned.reference]


def test_without_a_fee_and_a_key_none_is_stored(wallet: Wallet) -> None:
    """Two orders without a key are two orders."""
    without = {"fee_kobo": 0, "identity": None, "hold_kobo": 300}
    orders = [order(wallet, **without) for _ in range(2)]

    row = Transaction._get_collection().find_one({"reference": orders[0].reference})
    assert row["fee"] == 0
    assert not {"idempotency_key", "fingerprint"} & set(row)
    assert intents.find_earlier(owner_of(wallet), "WITHDRAWAL", None) is None
    assert Wallet.objects.get(pk=wallet.pk).held == 600


def test_the_currency_of_an_order_is_its_wallets(make_wallet: MakeWallet) -> None:
    assert order(make_wallet(balance=1000, currency="USD")).currency == "USD"


def test_a_refused_order_leaves_nothing(wallet: Wallet, heard: list[Transaction]) -> None:
    """Neither a transaction nor a hold nor an announcement."""
    with pytest.raises(InsufficientFunds):
        order(wallet, hold_kobo=1001)

    assert Transaction.objects(wallet=wallet.pk).count() == 0
    assert Wallet.objects.get(pk=wallet.pk).held == 0
    assert heard == []


def test_the_order_of_an_earlier_request_is_found_by_its_key(wallet: Wallet) -> None:
    """By the same customer and for the same flow; another body is a conflict."""
    first = order(wallet)
    user = owner_of(wallet)

    found = intents.find_earlier(user, "WITHDRAWAL", KEY)
    assert found is not None
    assert found.reference == first.reference
    assert intents.find_earlier(user, "WITHDRAWAL", OrderIdentity("k-2", "as ordered")) is None
    assert intents.find_earlier(user, "FUNDING", KEY) is None
    assert intents.find_earlier(User(pk=ObjectId()), "WITHDRAWAL", KEY) is None
    with pytest.raises(IdempotencyConflict):
        intents.find_earlier(user, "WITHDRAWAL", OrderIdentity("k-1", "another body"))


def test_one_key_serves_one_order_of_each_flow(wallet: Wallet) -> None:
    """A funding with the key of a withdrawal is an order of its own."""
    order(wallet)
    funding = order(wallet, "FUNDING", hold_kobo=0)

    assert funding.idempotency_key == f"{wallet.user_id}:FUNDING:k-1"
    with pytest.raises(NotUniqueError):
        order(wallet)


def test_of_two_requests_at_once_both_get_the_order_that_was_recorded(wallet: Wallet) -> None:
    """Nothing is held twice."""
    first = order(wallet)

    second = intents.record_once(lambda: order(wallet), owner_of(wallet), "WITHDRAWAL", KEY)

    assert second.reference == first.reference
    assert Wallet.objects.get(pk=wallet.pk).held == 305


def test_of_two_requests_at_once_with_other_bodies_one_is_a_conflict(wallet: Wallet) -> None:
    """The one that came later."""
    order(wallet)
    other = OrderIdentity("k-1", "another body")

    with pytest.raises(IdempotencyConflict):
        intents.record_once(
            lambda: order(wallet, identity=other), owner_of(wallet), "WITHDRAWAL", other
        )


def test_a_repetition_whose_first_request_is_not_readable_yet_is_told_to_wait(
    wallet: Wallet,
) -> None:
    """The key is taken, but nobody sees its order."""

    def collide() -> Transaction:
        raise NotUniqueError()

    with pytest.raises(RequestInProgress):
        intents.record_once(collide, owner_of(wallet), "WITHDRAWAL", KEY)


def test_an_order_that_collides_with_nobody_is_returned(wallet: Wallet) -> None:
    returned = intents.record_once(lambda: order(wallet), owner_of(wallet), "WITHDRAWAL", KEY)

    assert Transaction.objects.get(wallet=wallet.pk).reference == returned.reference
