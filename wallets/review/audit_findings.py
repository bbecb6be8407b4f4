"""What an audit, or a check before an order is sent, can find wrong with stored documents."""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId

from payflow.kernel.db import atomic
from payflow.kernel.errors import InvariantBroken
from wallets.ledger import locks, seals
from wallets.ledger.documents import LockOwner, Transaction
from wallets.review.kinds import CaseKind
from wallets.review.services import open_case_about

_KIND_PREFIX = "audit_"


class AuditFinding(CaseKind):
    """What an audit can find."""

    CHANGED_SINCE_AUDIT = (
        "changed_since_audit",
        "An entry or a transaction that an earlier audit found right has changed.",
    )
    ENTRY_MISSING = "entry_missing", "A number in the ledger chain has no entry."
    CHAIN_BROKEN = (
        "chain_broken",
        "An entry does not contain the hash of the entry before it.",
    )
    ENTRY_CHANGED = "entry_changed", "An entry's fields do not match its hash."
    BALANCE_WRONG = (
        "balance_wrong",
        "An entry's balance does not follow from the entry before it.",
    )
    HEAD_DIFFERS = (
        "head_differs",
        "The wallet names another latest entry than its chain has.",
    )
    BALANCE_DIFFERS = (
        "balance_differs",
        "The wallet's balance is not the sum of its entries.",
    )
    OWED_DIFFERS = (
        "owed_differs",
        "What the wallet says its customer owes is not the sum of its entries.",
    )
    HELD_DIFFERS = (
        "held_differs",
        "The wallet's hold is not the sum of its PENDING debits and of what is frozen.",
    )
    OVERDRAWN = "overdrawn", "The wallet holds more than its balance."
    ENTRIES_DIFFER = (
        "entries_differ",
        "A transaction's entries do not add up to what its status says.",
    )
    ACCOUNT_WRONG = (
        "account_wrong",
        "An entry names an account, or a direction, that its transaction cannot have.",
    )
    ORPHAN_ENTRY = (
        "orphan_entry",
        "An entry belongs to no transaction of its wallet.",
    )
    SEAL_BROKEN = (
        "seal_broken",
        "A transaction is not what it was when its customer ordered it.",
    )
    TRANSACTION_MISSING = (
        "transaction_missing",
        "A number in the wallet's list has no transaction.",
    )
    OWNER_CHANGED = "owner_changed", "The wallet belongs to another user than before."
    OWNER_MISSING = "owner_missing", "The wallet's user does not exist."
    OWNER_TWICE = "owner_twice", "Two wallets belong to one user."
    UNREADABLE = "unreadable", "A document of the wallet cannot be read, so it is not audited."
    WALLET_MISSING = "wallet_missing", "A customer's wallet is gone."
    HISTORY_REWRITTEN = (
        "history_rewritten",
        "An entry, a transaction or an owner is not the one that an anchor recorded.",
    )

    ANCHORS_DAMAGED = (
        "anchors_damaged",
        "The file of anchors does not end with what was written to it last.",
    )

    @property
    def word(self) -> str:
        return _KIND_PREFIX + self.value


@atomic
def report(
    wallet_id: ObjectId, kind: AuditFinding, *, where: str, sentence: str, now: datetime
) -> None:
    """Open a case about the wallet, and lock it until finance has looked."""
    open_case_about(
        f"wallet:{wallet_id}",
        kind,
        vendor_id=where,
        evidence={"sentence": sentence},
        returns=True,
        now=now,
    )
    locks.lock_wallet(
        wallet_id=wallet_id,
        reason="The audit found a difference.",
        owner=LockOwner.AUDIT,
        by="audit",
        now=now,
    )


def is_as_ordered(transaction: Transaction, *, now: datetime) -> bool:
    """For a debit that is about to be sent. False, with a case and a lock, if it was changed."""
    try:
        seals.check(transaction)
    except InvariantBroken as exc:
        report(
            transaction.wallet,
            AuditFinding.SEAL_BROKEN,
            where=transaction.reference,
            sentence=f"{exc}.",
            now=now,
        )
        return False
    return True
