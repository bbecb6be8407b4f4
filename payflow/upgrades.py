"""Changes of stored documents that a new version needs. `manage.py migrate` applies them.

Each one is safe to repeat and finds its documents by an index.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from wallets.ledger.documents import Transaction

# Since 0.2.0 what is ordered is the field `order`, with the class of its flow.
_ORDERS = {"payout": "Order.Payout", "purchase": "Order.Purchase"}
_UNSETTLED: tuple[dict[str, Any], ...] = (
    {"next_check_at": {"$gt": datetime(1970, 1, 1, tzinfo=UTC)}},
    {"needs_review": True},
)


def apply_upgrades(**_: object) -> None:
    """Called after each migration."""
    move_orders()


def move_orders() -> int:
    """Move `payout` and `purchase` to `order`, and return how many were moved.

    Only of transactions that may still be sent or requeried; nothing reads the others' orders.
    """
    transactions = Transaction._get_collection()
    moved = 0
    for query in _UNSETTLED:
        for row in transactions.find(query, dict.fromkeys(_ORDERS, 1)):
            for old, kind in _ORDERS.items():
                if old in row:
                    order = {"local_amount" if k == "foreign_amount" else k: v
                             for k, v in row[old].items()}  # fmt: skip
                    moved += transactions.update_one(
                        {"_id": row["_id"], "order": {"$exists": False}},
                        {"$set": {"order": {**order, "_cls": kind}}, "$unset": {old: 1}},
                    ).modified_count
    return moved
