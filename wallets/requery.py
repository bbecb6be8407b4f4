"""Requeries: asking a vendor about the transactions that are due, whatever their flow."""

from __future__ import annotations

from datetime import datetime, timedelta

from payflow.kernel.db import write_unless_busy
from wallets import flows
from wallets.ledger.documents import Transaction, TransactionStatus
from wallets.rechecks import WaitingCase, end_contest, next_recheck
from wallets.review.services import open_case

# A person looks at what is PENDING for longer. A hold is never released because of its age.
_REPORT_AFTER = timedelta(days=1)


def claim_due(*, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Claim up to `limit` due transactions, and return each one's task and reference."""
    due = Transaction.objects(next_check_at__lte=now).order_by("next_check_at")
    return [
        (flows.get_flow(transaction.type).requery_task, transaction.reference)
        for transaction in due.only("reference", "type", "checks").limit(limit)
        if _claim(transaction, now)
    ]


def claim_rechecks(*, now: datetime, limit: int) -> list[tuple[str, str]]:
    """The same for transactions that have ended: vendors change their mind afterwards."""
    due = Transaction.objects(recheck_at__lte=now).order_by("recheck_at")
    return [
        (flows.get_flow(transaction.type).requery_task, transaction.reference)
        for transaction in due.only("reference", "type", "recheck_at", "completed_at").limit(limit)
        if _claim_recheck(transaction, now)
    ]


def requery(*, reference: str, now: datetime) -> None:
    """Ask the vendor about the transaction, and commit what follows from its answer.

    One that is PENDING for a day also gets a review case; it is asked about all the same. Does
    nothing for an unknown reference, or for a transaction without a flow.
    Raises: VendorUnavailable.
    """
    transaction = Transaction.objects(reference=reference).only("type").first()
    flow = flows.find_flow(transaction.type) if transaction else None
    if flow:
        try:
            flow.requery(reference=reference, now=now)
        finally:
            _report_if_old(reference, now)
        end_contest(reference, now=now)


def _report_if_old(reference: str, now: datetime) -> None:
    old = Transaction.objects(
        reference=reference,
        status=TransactionStatus.PENDING,
        created_at__lte=now - _REPORT_AFTER,
    ).first()
    if old is not None:
        evidence: dict[str, object] = {"since": old.created_at.isoformat()}
        vendor_id = str(old.vendor_id or "")
        open_case(
            WaitingCase.PENDING_FOR_A_DAY, old, vendor_id=vendor_id, evidence=evidence, now=now
        )


def _claim_recheck(due: Transaction, now: datetime) -> bool:
    """True for one of several simultaneous sweeps: the filter contains the old moment."""
    following = next_recheck(due, ended_at=due.completed_at, now=now)
    mine = Transaction.objects(pk=due.pk, recheck_at=due.recheck_at)
    update = {"set__recheck_at": following} if following else {"unset__recheck_at": 1}
    return bool(write_unless_busy(lambda: mine.update_one(**update)))


def _claim(due: Transaction, now: datetime) -> bool:
    """True for one of several simultaneous sweeps: the filter contains the count of requeries."""
    wait = flows.get_flow(due.type).schedule.wait_after(due.checks)
    mine = Transaction.objects(pk=due.pk, checks=due.checks, next_check_at__exists=True)
    return bool(
        write_unless_busy(lambda: mine.update_one(set__next_check_at=now + wait, inc__checks=1))
    )
