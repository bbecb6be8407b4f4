"""Changes of stored documents that a new version needs. `manage.py migrate` applies each once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from bson import ObjectId
from django.db import IntegrityError
from pymongo import UpdateOne

from accounts.emails import normalise_email
from accounts.models import User
from payflow.kernel import clock
from wallets.ledger import seals
from wallets.ledger.documents import LockOwner, Transaction, Wallet

logger = logging.getLogger(__name__)

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


# The fields of the one lock that a wallet had.
_LOCK_FIELDS = ("lock_reason", "locked_by", "lock_expires_at")


def move_locks() -> int:
    """Move the one lock of each wallet into its list of locks. Returns how many were moved.

    Reads the whole collection, once. Safe to repeat, also after a crash half-way.
    """
    wallets = Wallet._get_collection()
    has_fields = [{name: {"$exists": True}} for name in _LOCK_FIELDS]
    locked_before = {"is_locked": True, "locks": {"$exists": False}}
    moved = 0
    for row in wallets.find({"$or": [*has_fields, locked_before]}):
        update: dict[str, Any] = {"$unset": dict.fromkeys(_LOCK_FIELDS, 1)}
        if row["is_locked"]:
            update["$push"] = {"locks": _old_lock(row)}
        before = {name: row.get(name) for name in ("is_locked", *_LOCK_FIELDS)}
        moved += wallets.update_one({"_id": row["_id"], **before}, update).modified_count
    if "lock_expires_at_1" in wallets.index_information():
        wallets.drop_index("lock_expires_at_1")
    return moved


def _old_lock(row: dict[str, Any]) -> dict[str, Any]:
    """The lock as it is stored now. Only the audit and staff could lock a wallet.

    When it was set is not known; it was no later than the wallet's latest change.
    """
    by = row.get("locked_by") or "unknown"
    owner = LockOwner.AUDIT if by == LockOwner.AUDIT else LockOwner.STAFF
    lock = {
        "reason": row.get("lock_reason") or "Locked.",
        "owner": owner.value,
        "since": row["updated_at"],
        "by": by,
    }
    until = row.get("lock_expires_at")
    return {**lock, "until": until} if until else lock


def move_daily_sums() -> int:
    """Move what each wallet withdrew on its latest day into the sums of its days.

    Returns how many were moved. Safe to repeat, also after a crash half-way.
    """
    wallets = Wallet._get_collection()
    moved = 0
    for row in wallets.find({"withdrawn_on": {"$exists": True}}):
        day, kobo = row["withdrawn_on"], row.get("withdrawn_kobo", 0)
        moved += wallets.update_one(
            {"_id": row["_id"], "withdrawn_on": day},
            {
                "$inc": {f"withdrawn.{day}": kobo},
                "$unset": {"withdrawn_on": 1, "withdrawn_kobo": 1},
            },
        ).modified_count
    wallets.update_many({"withdrawn_kobo": {"$exists": True}}, {"$unset": {"withdrawn_kobo": 1}})
    return moved


def add_owed() -> int:
    """Nobody owed anything before. Returns how many wallets got the field."""
    missing = Wallet._get_collection().update_many(
        {"owed": {"$exists": False}}, {"$set": {"owed": 0}}
    )
    return missing.modified_count


# This many transactions are sealed with one command.
_SEAL_BATCH = 500


def seal_transactions() -> int:
    """Seal the transactions of each wallet in their order. Returns how many wallets were sealed.

    A wallet gets its newest seal last, unless a transaction came meanwhile: then it is sealed
    again. So it is safe to repeat, also after a crash half-way.
    """
    wallets = Wallet._get_collection()
    sealed = 0
    for row in wallets.find({"tx_seal": {"$exists": False}}, {"user_id": 1}):
        while not _seal_wallet(row["_id"], row["user_id"]):
            pass
        sealed += 1
    return sealed


def _seal_wallet(wallet_id: ObjectId, user_id: ObjectId) -> bool:
    """False if the wallet got another transaction meanwhile."""
    wallets = Wallet._get_collection()
    row = wallets.find_one({"_id": wallet_id}, {"tx_seq": 1})
    newest = (row or {}).get("tx_seq", 0)
    previous = ""
    for low in range(1, newest + 1, _SEAL_BATCH):
        high = min(low + _SEAL_BATCH - 1, newest)
        rows = Transaction.objects(user_id=user_id, number__gte=low, number__lte=high)
        changes = []
        for transaction in rows.order_by("number"):
            before, previous = previous, seals.seal(transaction, previous=previous)
            values = {"prev_seal": before, "seal": previous}
            changes.append(UpdateOne({"_id": transaction.pk}, {"$set": values}))
        if changes:
            Transaction._get_collection().bulk_write(changes)
    same = {"_id": wallet_id, "tx_seq": newest if newest else {"$in": [0, None]}}
    written = wallets.update_one(same, {"$set": {"tx_seal": previous}})
    return row is None or bool(written.matched_count)


def normalise_addresses() -> int:
    """Store each user's e-mail address in its one spelling. Returns how many were changed.

    If two users have the same address in two spellings, the second keeps its own and cannot sign
    in; the log names it, and staff decide. A domain that was folded before (`straße.de` became
    `strasse.de`) cannot be told from a real `strasse.de`, and stays. Safe to repeat.
    """
    changed = 0
    for pk, old in User.objects.order_by("pk").values_list("pk", "email"):
        if (new := normalise_email(old)) == old:
            continue
        try:
            changed += User.objects.filter(pk=pk, email=old).update(email=new)
        except IntegrityError:
            logger.warning("user %s keeps an address that another user has in our spelling", pk)
    return changed


def drop_revoked_tokens() -> None:
    """Refresh tokens of earlier versions belong to no login session, so all are refused."""
    Wallet._get_db().drop_collection("revoked_tokens")


UPGRADES: dict[str, Callable[[], Any]] = {
    "orders": move_orders,
    "locks": move_locks,
    "daily_sums": move_daily_sums,
    "owed": add_owed,
    "seals": seal_transactions,
    "addresses": normalise_addresses,
    "revoked_tokens": drop_revoked_tokens,
}
