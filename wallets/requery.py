"""Requeries: asking a vendor about the transactions that are due, whatever their flow."""

from __future__ import annotations

from datetime import datetime

from payflow.kernel.db import write_unless_busy
from wallets import flows
from wallets.ledger.documents import Transaction


def claim_due(*, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Claim up to `limit` due transactions, and return each one's task and reference."""
    due = Transaction.objects(next_check_at__lte=now).order_by("next_check_at")
    return [
        (flows.get_flow(transaction.type).requery_task, transaction.reference)
        for transaction in due.only("reference", "type", "checks").limit(limit)
        if _claim(transaction, now)
    ]


def requery(*, reference: str, now: datetime) -> None:
    """Ask the vendor about the transaction, and commit what follows from its answer.

    Does nothing for an unknown reference, or for a transaction without a flow.
    Raises: VendorUnavailable.
    """
    transaction = Transaction.objects(reference=reference).only("type").first()
    flow = flows.find_flow(transaction.type) if transaction else None
    if flow:
        flow.requery(reference=reference, now=now)


def _claim(due: Transaction, now: datetime) -> bool:
    """True for one of several simultaneous sweeps: the filter contains the count of requeries."""
    wait = flows.get_flow(due.type).schedule.wait_after(due.checks)
    mine = Transaction.objects(pk=due.pk, checks=due.checks, next_check_at__exists=True)
    return bool(
        write_unless_busy(lambda: mine.update_one(set__next_check_at=now + wait, inc__checks=1))
    )
