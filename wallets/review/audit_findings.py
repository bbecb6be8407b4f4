"""What an audit, or a check before an order is sent, can find wrong with stored documents."""

from __future__ import annotations

from wallets.review.kinds import CaseKind

_KIND_PREFIX = "audit_"


class AuditFinding(CaseKind):
    """What an audit can find."""

    CHANGED_SINCE_AUDIT = (
        "changed_since_audit",
        "An entry that an earlier audit found right has changed.",
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
    HISTORY_REWRITTEN = (
        "history_rewritten",
        "An entry is not the one that an anchor recorded.",
    )

    @property
    def word(self) -> str:
        return _KIND_PREFIX + self.value
