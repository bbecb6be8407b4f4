"""House accounts, compared with what each vendor says that it holds for us.

House accounts are sums over entries. A stored total up to an entry of an hour ago keeps the cost
of a sum the same, however long the history is.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bson import ObjectId
from mongoengine import Document, IntField, ObjectIdField, StringField

from payflow.kernel import clock
from payflow.kernel.money import NGN
from wallets import flows
from wallets.house import is_opened
from wallets.ledger.chart import RENAMED
from wallets.ledger.documents import LedgerEntry

# Older than any atomic block can be: no entry is committed below it any more.
_CLOSED_AFTER = timedelta(hours=1)
# Money moves while both sides are read, so a gap counts only if it stays.
_TRIES = 3
_PAUSE_S = 2.0


class HouseTotal(Document):
    """The net debits of an account in kobo, over all entries up to `upto`."""

    account = StringField(primary_key=True)
    upto = ObjectIdField(required=True)
    kobo = IntField(required=True)

    meta = {"collection": "house_totals", "auto_create_index": False, "indexes": []}


@dataclass(frozen=True)
class Gap:
    """A house account, and what its vendor holds, in kobo."""

    account: str
    ours_kobo: int
    theirs_kobo: int


def find_gaps() -> list[Gap]:
    """The house accounts that are not what their vendors hold. Raises: VendorUnavailable.

    An account is compared once its opening balance is booked (`manage.py open_books`).
    """
    opened = [each for each in flows.house_accounts() if is_opened(each.account)]
    gaps = (_find_gap(each) for each in opened)
    return [gap for gap in gaps if gap is not None]


def sum_account(account: str) -> int:
    """Debits less credits of a house account in naira, in kobo."""
    stored = HouseTotal.objects(pk=account).first()
    closed = ObjectId.from_datetime(clock.now() - _CLOSED_AFTER)
    upto = stored.upto if stored else ObjectId("0" * 24)
    kobo = int(stored.kobo) if stored else 0
    if upto < closed:
        kobo += _sum_between(account, upto, closed)
        HouseTotal.objects(pk=account).update_one(upsert=True, set__upto=closed, set__kobo=kobo)
        upto = closed
    return kobo + _sum_between(account, upto, None)


def _find_gap(house: flows.HouseAccount) -> Gap | None:
    gap = None
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(_PAUSE_S)
        theirs = house.read_balance()
        ours = sum_account(house.account) - house.count_in_flight()
        if ours == theirs:
            return None
        gap = Gap(house.account, ours, theirs)
    return gap


def _sum_between(account: str, after: ObjectId, upto: ObjectId | None) -> int:
    names = [account, *(old for old, new in RENAMED.items() if new == account)]
    ids: dict[str, Any] = {"$gt": after} | ({"$lte": upto} if upto else {})
    rows = LedgerEntry._get_collection().aggregate(
        [
            {"$match": {"_id": ids}},
            {"$match": {"currency": NGN}},
            {
                "$group": {
                    "_id": None,
                    "debits": {"$sum": _amount_if("$debit_account", names)},
                    "credits": {"$sum": _amount_if("$credit_account", names)},
                }
            },
        ]
    )
    return sum(int(row["debits"]) - int(row["credits"]) for row in rows)


def _amount_if(side: str, names: list[str]) -> dict[str, Any]:
    return {"$cond": [{"$in": [side, names]}, "$amount", 0]}
