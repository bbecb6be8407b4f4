"""What an audit finds: each fault as a sentence, as a review case and as a lock."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId
from mongoengine.errors import (
    FieldDoesNotExist,
    InvalidDocumentError,
    NotRegistered,
    ValidationError,
)

from wallets.errors import WalletNotFound
from wallets.ledger import locks
from wallets.ledger.documents import LockOwner
from wallets.review.audit_findings import AuditFinding
from wallets.review.services import open_case_about

# What a stored document raises that has a field, a type or a value which it cannot have.
UNREADABLE = (
    FieldDoesNotExist,
    InvalidDocumentError,
    NotRegistered,
    ValidationError,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True)
class Finding:
    """One fault: its wallet, its kind, its entry or transaction, and a sentence."""

    wallet: str  # its id; empty if the wallet of a customer is gone and its id is not known
    kind: AuditFinding
    where: str
    sentence: str

    @property
    def subject(self) -> str:
        """What a review case about it is about."""
        return f"wallet:{self.wallet}" if self.wallet else self.where


def lock_and_report(findings: list[Finding], *, now: datetime) -> None:
    """Open a review case for each finding, and lock each wallet that has one, if it can be."""
    for each in findings:
        open_case_about(
            each.subject,
            each.kind,
            vendor_id=each.where,
            evidence={"sentence": each.sentence},
            returns=True,
            now=now,
        )
    for wallet in {each.wallet for each in findings if each.wallet}:
        # A wallet that cannot be read is locked as it is: nothing else can read it either.
        with suppress(WalletNotFound, *UNREADABLE):
            locks.lock_wallet(
                wallet_id=ObjectId(wallet),
                reason="The audit found a difference.",
                owner=LockOwner.AUDIT,
                by="audit",
                now=now,
            )
