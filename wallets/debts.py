"""Debts: what a customer owes us because the vendor took back more than the wallet had.

What comes in repays the debt within its own entries. What a hold gives back repays it here.
While there is a debt, debits are locked and a case is open.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from wallets import freezes
from wallets.ledger import holds, postings, transitions
from wallets.ledger.debits import get_hold_kobo
from wallets.ledger.documents import (
    ChangeSource,
    LockOwner,
    Transaction,
    TransactionStatus,
    Wallet,
)
from wallets.ledger.locks import lift_lock, lock_wallet
from wallets.ledger.signals import announce_on_commit
from wallets.review.kinds import CaseKind
from wallets.review.services import SETTLEMENT, close_gone_cases, open_case_about

_REASON = "The customer owes us money."
_IS_BACK, _REPAYS = "is back in your wallet", "first repays what you owe us"


class DebtCase(CaseKind):
    IN_DEBT = (
        "in_debt",
        "The vendor took back more than the wallet had. The customer owes the rest.",
    )


def release(
    transaction: Transaction,
    *,
    reason: str,
    vendor_reason: str,
    source: ChangeSource,
    now: datetime,
    **fields: Any,
) -> None:
    """PENDING -> FAILED for a debit that was never sent, or that the vendor refused at once.

    Its hold is given back, and first repays a debt. `reason` is a sentence for the customer.
    Runs inside its caller's atomic block. Raises: TransitionRefused.
    """
    repaid = give_back(transaction, get_hold_kobo(transaction), now)
    transitions.move(
        transaction,
        to=TransactionStatus.FAILED,
        source=source,
        at=now,
        reason=say_where(reason, repaid=repaid),
        vendor_reason=vendor_reason[:300] or None,
        **fields,
    )
    announce_on_commit(transaction)


def give_back(transaction: Transaction, kobo: int, now: datetime) -> bool:
    """Release a hold, which first repays a debt and is then frozen for an open chargeback.

    True if it has repaid something.
    """
    holds.release_hold(transaction.wallet, amount_kobo=kobo, at=now)
    repaid = repay(transaction, now)
    freezes.freeze_what_came(transaction.wallet, now)
    return repaid


def repay(transaction: Transaction, now: datetime) -> bool:
    """What a transaction has just given back repays a debt. True if there was one.

    Runs inside its caller's atomic block.
    """
    reference = transaction.reference
    wallet = postings.repay_debt(transaction.wallet, reference=reference, at=now)
    if wallet is not None:
        note(wallet, now)
    return wallet is not None


def say_where(reason: str, *, repaid: bool) -> str:
    """The sentence for the customer, which must not call money available that repaid a debt."""
    return reason.replace(_IS_BACK, _REPAYS) if repaid else reason


def note(wallet: Wallet, now: datetime) -> None:
    """Lock debits and open a case while the customer owes us; end both when it is repaid."""
    subject = f"wallet:{wallet.pk}"
    if wallet.owed:
        open_case_about(
            subject,
            DebtCase.IN_DEBT,
            vendor_id="",
            evidence={"owed_kobo": wallet.owed},
            now=now,
        )
        lock_wallet(
            wallet_id=wallet.pk, reason=_REASON, owner=LockOwner.DEBT, by=SETTLEMENT, now=now
        )
    elif wallet.owed_before:
        lift_lock(wallet_id=wallet.pk, owner=LockOwner.DEBT, by_role=None, now=now)
        close_gone_cases(subject, among={DebtCase.IN_DEBT.word}, kept=set(), now=now)
