"""A withdrawal counts against the limit of its day, once, unless it came to nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.documents import MakeTransaction, MakeWallet
from wallets.ledger.documents import Transaction, Wallet
from wallets.withdrawals.documents import Payout
from wallets.withdrawals.limits import count_again, return_to_daily_limit

pytestmark = pytest.mark.usefixtures("db")
# The last hour of a day in UTC is the first of the next one in Lagos.
AT = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
BEFORE, TODAY = "2026-01-31", "2026-02-01"


@pytest.fixture
def withdrawal(make_wallet: MakeWallet, new_transaction: MakeTransaction) -> MakeTransaction:
    """Makes a withdrawal of 100 kobo and a fee of 7, that counts on this day."""

    def make(counted_on: str | None) -> Transaction:
        order = Payout(
            bank_code="044",
            account_number="0690000031",
            account_name="Ada",
            narration="Rent",
            counted_on=counted_on,
        )
        wallet = make_wallet(withdrawn={BEFORE: 500, TODAY: 300})
        for number in (1, 2):  # the first must not change
            made = new_transaction(
                wallet, fee=7, number=number, order=order, created_at=AT, updated_at=AT
            ).save(force_insert=True)
        return made

    return make


def withdrawn(transaction: Transaction) -> dict[str, int]:
    return dict(Wallet.objects.get(pk=transaction.wallet).withdrawn)


def returned(transaction: Transaction) -> list[bool]:
    """Of both transactions of the wallet."""
    rows = Transaction.objects(wallet=transaction.wallet).order_by("number")
    return [row.order.is_returned for row in rows]


@pytest.mark.parametrize(
    "counted_on, less",
    [
        pytest.param(BEFORE, {BEFORE: 400, TODAY: 300}, id="the day before its creation"),
        pytest.param(TODAY, {BEFORE: 500, TODAY: 200}, id="its own day"),
        pytest.param(None, {BEFORE: 500, TODAY: 200}, id="a day that is not stored"),
        pytest.param("2026-01-01", {BEFORE: 500, TODAY: 300}, id="a day that is not kept"),
    ],
)
def test_a_withdrawal_is_returned_and_counted_again_once(
    withdrawal: MakeTransaction, counted_on: str | None, less: dict[str, int]
) -> None:
    """On the day on which it counted, without its fee; each may be repeated."""
    transaction = withdrawal(counted_on)

    count_again(transaction)  # it counts already
    assert (withdrawn(transaction), returned(transaction)) == (
        {BEFORE: 500, TODAY: 300},
        [False, False],
    )
    for _ in range(2):
        return_to_daily_limit(transaction)
        assert (withdrawn(transaction), returned(transaction)) == (less, [False, True])
    for _ in range(2):
        count_again(transaction)
        assert (withdrawn(transaction), returned(transaction)) == (
            {BEFORE: 500, TODAY: 300},
            [False, False],
        )
    return_to_daily_limit(transaction)
    assert withdrawn(transaction) == less
