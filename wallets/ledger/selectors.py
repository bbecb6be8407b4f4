"""Reading wallets and transactions. One index serves each query, however long the history is."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from bson import ObjectId

from payflow.kernel.paging import Cursor, Page
from wallets.errors import TransactionNotFound, WalletNotFound
from wallets.ledger.documents import LedgerEntry, Transaction, TransactionStatus, Wallet

# Before every transaction: with it, "set" is a range that the sparse indexes serve.
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_FAR_AWAY = datetime(9999, 1, 1, tzinfo=UTC)
# A page with a filter is searched in ranges of numbers; each range is this much wider than the
# one before it.
_WIDEN = 4


def get_wallet(*, user_id: ObjectId) -> Wallet:
    """Raises: WalletNotFound."""
    wallet = Wallet.objects(user_id=user_id).first()
    if wallet is None:
        raise WalletNotFound()
    return wallet


def find_transaction(*, reference: str) -> Transaction | None:
    return Transaction.objects(reference=reference).first()


def find_transactions_by_vendor_id(*, vendor_id: str) -> list[Transaction]:
    """What has this id at its vendor. A payment and a transfer may have the same one."""
    found = list(Transaction.objects(vendor_id=vendor_id))
    # A REVERSAL repeats the vendor id of the transaction that it reverses.
    return [each for each in found if not each.reverses] or found


def find_reversals(*, reference: str) -> list[Transaction]:
    """The REVERSALs of this transaction, oldest first."""
    return sorted(Transaction.objects(reverses=reference), key=lambda each: each.number)


def entries_of(*, reference: str) -> list[LedgerEntry]:
    """The entries of one transaction, in the order of its wallet's chain."""
    return sorted(LedgerEntry.objects(transaction=reference), key=lambda entry: entry.seq)


def get_transaction(*, user_id: ObjectId, reference: str) -> Transaction:
    """The customer's own transaction. Raises: TransactionNotFound, also for another customer's."""
    transaction = find_transaction(reference=reference)
    if transaction is None or transaction.user_id != user_id:
        raise TransactionNotFound()
    return transaction


def get_transaction_page(
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
        # No transaction has the number 0.
        number = one.number if one is not None and one.user_id == user_id else 0
        oldest, newest = max(oldest, number), min(newest, number)
    if cursor.after is not None:
        newest = min(newest, cursor.after - 1)
    if cursor.before is not None:
        oldest = max(oldest, cursor.before + 1)
    find = _find_upwards if cursor.before is not None else _find_downwards
    return cursor.make_page(find(user_id, wanted, oldest, newest, cursor.limit + 1))


def _find_downwards(
    user_id: ObjectId, equal: Mapping[str, Any], oldest: int, newest: int, count: int
) -> list[Transaction]:
    """Up to `count` transactions with numbers from oldest to newest, the newest first.

    They are searched in ranges of numbers that widen. If all rows match, the first range is the
    page; if few do, the number of ranges grows with the logarithm of the history. So no query
    relies on the server to end an index scan early, which the embedded server does not do.
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
    """The same search with the oldest first."""
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

    A binary search, because creation times rise with the numbers: about 17 point reads in a
    history of 100,000. A number that is missing counts as created with the next one.
    """

    def created_at(number: int) -> datetime:
        one = Transaction.objects(user_id=user_id, number=number).only("created_at").first()
        if one is None:
            # A transaction was deleted. The audit finds that; the others can still be listed.
            one = next(iter(_find_upwards(user_id, {}, number, newest, 1)), None)
        return _FAR_AWAY if one is None else one.created_at

    return 1 + bisect_left(range(1, newest + 1), moment, key=created_at)


def count_pending_transactions(*, limit: int) -> dict[str, tuple[int, datetime]]:
    """For each type, how many transactions are PENDING and when the oldest was created.

    Counts up to `limit` transactions, by the index of the sweep. A transaction that only a
    person can decide is not counted; it has a review case.
    """
    rows = Transaction._get_collection().aggregate(
        [
            {"$match": {"next_check_at": {"$gt": _LONG_AGO}}},
            {"$limit": limit},
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
    return {row["_id"]: (row["count"], row["oldest"].replace(tzinfo=UTC)) for row in rows}


def oldest_pending(
    *, transaction_type: str | None, created_until: datetime | None, limit: int
) -> list[Transaction]:
    """Up to `limit` PENDING transactions, the oldest first.

    They are those that a sweep looks after and those that were handed over to a person. Reads
    the sweep's index and the index of transactions to be reviewed, so the cost depends on how
    many there are, not on the history.
    """
    wanted: dict[str, Any] = {"status": TransactionStatus.PENDING.value}
    if transaction_type:
        wanted["type"] = transaction_type
    if created_until:
        wanted["created_at"] = {"$lte": created_until}
    swept = _oldest({"next_check_at": {"$gt": _LONG_AGO}}, wanted, limit)
    handed_over = _oldest({"needs_review": True}, {**wanted, "next_check_at": None}, limit)
    # One that is handed over between the two reads is in both.
    found = {each.pk: each for each in [*swept, *handed_over]}
    return sorted(found.values(), key=lambda each: each.created_at)[:limit]


def _oldest(
    indexed: Mapping[str, Any], wanted: Mapping[str, Any], limit: int
) -> Iterator[Transaction]:
    """The two filters are two stages: the embedded server uses an index for the first only if
    the index has all of its fields."""
    rows = Transaction._get_collection().aggregate(
        [
            {"$match": indexed},
            {"$match": wanted},
            {"$sort": {"created_at": 1}},
            {"$limit": limit},
        ]
    )
    return (Transaction._from_son(row) for row in rows)
