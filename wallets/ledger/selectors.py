"""Queries that read. Each is served by one index, however much history there is."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bson import ObjectId

from payflow.kernel.paging import Cursor, Page
from wallets.errors import TransactionNotFound, WalletNotFound
from wallets.ledger.documents import (
    Transaction,
    TransactionStatus,
    TransactionType,
    Wallet,
)
from wallets.review.documents import ReviewCase

# How much wider each further look for rare transactions is than the one before.
_WIDEN = 4


def get_wallet(*, user_id: ObjectId) -> Wallet:
    """Raises: WalletNotFound."""
    wallet = Wallet.objects(user_id=user_id).first()
    if wallet is None:
        raise WalletNotFound()
    return wallet


def find_transaction(*, reference: str) -> Transaction | None:
    return Transaction.objects(reference=reference).first()


def get_transaction(*, user_id: ObjectId, reference: str) -> Transaction:
    """The customer's own transaction. Raises: TransactionNotFound, for another's as well."""
    transaction = find_transaction(reference=reference)
    if transaction is None or transaction.user_id != user_id:
        raise TransactionNotFound()
    return transaction


def page_of_transactions(
    *, user_id: ObjectId, filters: Mapping[str, Any], cursor: Cursor
) -> Page[Transaction]:
    """One page of the customer's transactions, newest first.

    Filters: type, status, reference; date_from (inclusive) and date_to (exclusive), UTC.
    Raises: WalletNotFound.
    """
    wanted = dict(filters)
    oldest, newest = 1, get_wallet(user_id=user_id).transaction_number
    if start := wanted.pop("date_from", None):
        oldest = _first_number_at(user_id, newest, start)
    if end := wanted.pop("date_to", None):
        newest = _first_number_at(user_id, newest, end) - 1
    if "reference" in wanted:
        one = find_transaction(reference=wanted.pop("reference"))
        number = one.number if one is not None and one.user_id == user_id else 0
        oldest, newest = max(oldest, number), min(newest, number)  # nothing has the number 0
    if cursor.after is not None:
        newest = min(newest, cursor.after - 1)
    if cursor.before is not None:
        oldest = max(oldest, cursor.before + 1)
    find = _find_upwards if cursor.before is not None else _find_downwards
    return cursor.page(find(user_id, wanted, oldest, newest, cursor.limit + 1))


def _find_downwards(
    user_id: ObjectId, equal: Mapping[str, Any], oldest: int, newest: int, count: int
) -> list[Transaction]:
    """Up to `count` transactions numbered oldest to newest, from the newest on.

    Looked for in ranges of numbers that widen: where all match, the first range is the page;
    where few do, the number of looks grows with the logarithm of the history. No range
    depends on the server ending an index scan early, which the embedded one does not.
    """
    found: list[Transaction] = []
    width = count
    while newest >= oldest and len(found) < count:
        low = max(oldest, newest - width + 1)
        rows = Transaction.objects(user_id=user_id, number__gte=low, number__lte=newest, **equal)
        found += rows.order_by("-number").limit(count - len(found))
        newest, width = low - 1, width * _WIDEN
    return found


def _find_upwards(
    user_id: ObjectId, equal: Mapping[str, Any], oldest: int, newest: int, count: int
) -> list[Transaction]:
    """The same from the oldest on."""
    found: list[Transaction] = []
    width = count
    while oldest <= newest and len(found) < count:
        high = min(newest, oldest + width - 1)
        rows = Transaction.objects(user_id=user_id, number__gte=oldest, number__lte=high, **equal)
        found += rows.order_by("number").limit(count - len(found))
        oldest, width = high + 1, width * _WIDEN
    return found


def _first_number_at(user_id: ObjectId, newest: int, moment: datetime) -> int:
    """The number of the first transaction created at or after the moment; newest + 1 if none.

    Found by halving, since creation times rise with the numbers: some 17 point reads in a
    history of 100,000.
    """

    def created_at(number: int) -> datetime:
        one = Transaction.objects(user_id=user_id, number=number).only("created_at").first()
        assert one is not None, f"customer {user_id} has no transaction number {number}"
        return one.created_at

    return 1 + bisect_left(range(1, newest + 1), moment, key=created_at)


def count_open_cases(*, most: int) -> int:
    """How many review cases wait for a person; counted up to `most`."""
    return int(ReviewCase.objects(state="OPEN").limit(most).count(with_limit_and_skip=True))


def pending_transactions(*, most: int) -> dict[TransactionType, tuple[int, datetime]]:
    """How many of each type are PENDING, and when the oldest was created.

    Of those that a sweep looks after, the first `most` whose look is due; one that was left to
    a person has a review case. The index of the sweep serves it.
    """
    rows = Transaction._get_collection().aggregate(
        [
            {"$match": {"next_check_at": {"$gt": datetime(1970, 1, 1, tzinfo=UTC)}}},
            {"$limit": most},
            {"$match": {"status": TransactionStatus.PENDING.value}},
            {
                "$group": {
                    "_id": "$type",
                    "count": {"$sum": 1},
                    "oldest": {"$min": "$created_at"},
                }
            },
        ]
    )
    return {
        TransactionType(row["_id"]): (row["count"], row["oldest"].replace(tzinfo=UTC))
        for row in rows
    }
