"""What an open dispute freezes: of what the wallet has now, and of what comes in later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId

from payflow.kernel.db import atomic
from tests.support.documents import LONG_AGO, MakeTransaction, MakeWallet
from wallets import freezes
from wallets.ledger.documents import Transaction, TransactionStatus, Wallet

pytestmark = pytest.mark.usefixtures("db")
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
# frozen, unfrozen
Share = tuple[int, int]


@pytest.fixture
def disputed(make_wallet: MakeWallet, new_transaction: MakeTransaction) -> MakeTransaction:
    """Makes a stored funding of a wallet, of which so much is frozen and unfrozen."""

    def make(wallet: Wallet, share: Share, number: int = 1) -> Transaction:
        made = new_transaction(
            wallet,
            type="FUNDING",
            status=TransactionStatus.SUCCESS,
            number=number,
            frozen=share[0],
            unfrozen=share[1],
            created_at=LONG_AGO,
            updated_at=LONG_AGO,
        )
        return made.save(force_insert=True)

    return make


@pytest.fixture(autouse=True)
def bystander(make_wallet: MakeWallet, disputed: MakeTransaction) -> Iterator[None]:
    """Another customer with money and a dispute that wants some. Nothing of it changes."""
    wallet = make_wallet(balance=1000, unfrozen=70)
    other = disputed(wallet, (5, 70))
    before = [wallet_of(other).to_mongo(), stored(other).to_mongo()]
    yield
    assert [wallet_of(other).to_mongo(), stored(other).to_mongo()] == before


def stored(transaction: Transaction) -> Transaction:
    return Transaction.objects.get(pk=transaction.pk)  # type: ignore[no-any-return]


def wallet_of(transaction: Transaction) -> Wallet:
    return Wallet.objects.get(pk=transaction.wallet)  # type: ignore[no-any-return]


def share_of(transaction: Transaction) -> Share:
    """As it is stored; the object in memory says the same."""
    after = stored(transaction)
    share = (after.frozen, after.unfrozen)
    assert (transaction.frozen, transaction.unfrozen) == share
    return share


@atomic
def freeze(transaction: Transaction, wanted_kobo: int, thawed_kobo: int = 0) -> bool:
    return freezes.freeze(transaction, wanted_kobo=wanted_kobo, thawed_kobo=thawed_kobo, now=NOW)


@pytest.mark.parametrize(
    "free, before, wanted, thawed, after",
    [
        pytest.param(500, (0, 0), 300, 0, (300, 0), id="a dispute is opened"),
        pytest.param(300, (0, 0), 300, 0, (300, 0), id="just enough is there"),
        pytest.param(299, (0, 0), 300, 0, (299, 1), id="one kobo is missing"),
        pytest.param(0, (0, 0), 300, 0, (0, 300), id="nothing is there"),
        pytest.param(500, (300, 0), 301, 0, (301, 0), id="one kobo more is wanted"),
        pytest.param(30, (100, 50), 150, 0, (130, 20), id="some of what was missing has come"),
        pytest.param(0, (100, 50), 180, 0, (100, 80), id="more is missing"),
        pytest.param(500, (300, 0), 100, 200, (100, 0), id="less is wanted"),
        pytest.param(0, (100, 200), 150, 0, (100, 50), id="less is missing"),
        pytest.param(0, (100, 1), 100, 0, (100, 0), id="nothing is missing any more"),
        pytest.param(500, (100, 50), 0, 100, (0, 0), id="the dispute is decided"),
        pytest.param(40, (100, 0), 150, 100, (40, 110), id="other money is frozen instead"),
    ],
)
def test_as_much_is_frozen_as_is_wanted_and_there(
    make_wallet: MakeWallet,
    disputed: MakeTransaction,
    free: int,
    before: Share,
    wanted: int,
    thawed: int,
    after: Share,
) -> None:
    """The rest is unfrozen, on the transaction and in the sum of the wallet."""
    # What was thawed is not held any more, and 7 kobo are held for something else.
    held = 7 + before[0] - thawed
    transaction = disputed(
        make_wallet(balance=held + free, held=held, unfrozen=40 + before[1]), before
    )

    assert freeze(transaction, wanted, thawed) is True

    assert share_of(transaction) == after
    wallet = wallet_of(transaction)
    assert (wallet.balance, wallet.held) == (held + free, 7 + after[0])
    assert wallet.unfrozen == 40 + after[1]


@pytest.mark.parametrize("before", [(0, 0), (300, 0), (300, 50)])
def test_what_is_frozen_already_changes_nothing(
    make_wallet: MakeWallet, disputed: MakeTransaction, before: Share
) -> None:
    """The same dispute is heard of again, and nothing has come in."""
    transaction = disputed(make_wallet(balance=300, held=300, unfrozen=before[1]), before)
    unchanged = [wallet_of(transaction).to_mongo(), stored(transaction).to_mongo()]

    assert freeze(transaction, sum(before)) is False

    assert [wallet_of(transaction).to_mongo(), stored(transaction).to_mongo()] == unchanged


@atomic
def come(wallet_id: ObjectId, wallet: Wallet | None = None) -> None:
    freezes.freeze_what_came(wallet_id, NOW, wallet)


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize(
    "free, first, second",
    [
        pytest.param(0, (10, 200), (0, 100), id="nothing came"),
        pytest.param(1, (11, 199), (0, 100), id="one kobo"),
        pytest.param(199, (209, 1), (0, 100), id="not enough for the first"),
        pytest.param(200, (210, 0), (0, 100), id="enough for the first"),
        pytest.param(250, (210, 0), (50, 50), id="some is left for the second"),
        pytest.param(300, (210, 0), (100, 0), id="enough for both"),
        pytest.param(900, (210, 0), (100, 0), id="more than both want"),
    ],
)
def test_what_comes_is_frozen_for_the_disputes_in_the_order_of_their_numbers(
    make_wallet: MakeWallet,
    disputed: MakeTransaction,
    is_known: bool,
    free: int,
    first: Share,
    second: Share,
) -> None:
    """The older transaction has its money first, also if its dispute was stored later."""
    wallet = make_wallet(balance=10 + free, held=10, unfrozen=300)
    younger = disputed(wallet, (0, 100), number=10)
    older = disputed(wallet, (10, 200), number=9)
    calm = disputed(wallet, (3, 0), number=8)

    come(wallet.pk, wallet if is_known else None)

    after = wallet_of(older)
    shares = [(each.frozen, each.unfrozen) for each in map(stored, (older, younger, calm))]
    assert shares == [first, second, (3, 0)]
    assert (after.balance, after.held) == (10 + free, first[0] + second[0])
    assert after.unfrozen == first[1] + second[1]


def test_money_stays_free_on_a_wallet_without_a_dispute(make_wallet: MakeWallet) -> None:
    """Nothing is written; a wallet that does not exist wants nothing."""
    wallet = make_wallet(balance=500)
    before: Any = Wallet.objects.get(pk=wallet.pk).to_mongo()

    come(wallet.pk)
    come(ObjectId())

    assert Wallet.objects.get(pk=wallet.pk).to_mongo() == before
