"""Changes of stored documents that a new version needs. `manage.py migrate` applies each once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from payflow.kernel import clock
from wallets.ledger.documents import Transaction

# Orders are stored in `order`, and `_cls` names the class of the flow.
_ORDERS = {"payout": "Order.Payout", "purchase": "Order.Purchase"}


def apply_upgrades(**_: object) -> None:
    """Called after each migration. An upgrade that was applied is not applied again."""
    applied = Transaction._get_db()["upgrades"]
    for name, upgrade in UPGRADES.items():
        if applied.find_one({"_id": name}) is None:
            upgrade()
            applied.insert_one({"_id": name, "applied_at": clock.now()})


def move_orders() -> int:
    """Move `payout` and `purchase` of every transaction to `order`. Returns how many were moved.

    Reads the whole collection, once. Safe to repeat, also after a crash half-way.
    """
    transactions = Transaction._get_collection()
    old_fields = {"$or": [{name: {"$exists": True}} for name in _ORDERS]}
    moved = 0
    for row in transactions.find(old_fields, dict.fromkeys(_ORDERS, 1)):
        name = next(name for name in _ORDERS if name in row)
        order = {_new_name(key): value for key, value in row[name].items()}
        moved += transactions.update_one(
            {"_id": row["_id"], name: {"$exists": True}},
            {"$set": {"order": {**order, "_cls": _ORDERS[name]}}, "$unset": {name: 1}},
        ).modified_count
    return moved


def _new_name(field: str) -> str:
    return "local_amount" if field == "foreign_amount" else field


UPGRADES: dict[str, Callable[[], Any]] = {"orders": move_orders}
