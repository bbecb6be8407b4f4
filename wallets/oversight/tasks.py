"""Tasks of oversight, which beat publishes every night."""

from __future__ import annotations

import logging
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

from bson import ObjectId
from celery import shared_task
from django.conf import settings

from payflow.kernel import clock
from payflow.kernel.errors import RequestInProgress
from payflow.kernel.locks import single_flight
from payflow.kernel.tasks import PayflowTask
from wallets.oversight import anchors, disputes, reconciliation
from wallets.oversight.audit.findings import Finding, lock_and_report
from wallets.oversight.audit.missing import find_missing_wallets
from wallets.oversight.audit.wallet import audit_wallet, wallet_ids
from wallets.review.audit_findings import AuditFinding

logger = logging.getLogger(__name__)

# One task audits this many wallets and then publishes itself again.
_BATCH = 200
_RECONCILE_LIMIT_S = 1560


@shared_task(
    name="wallets.reconcile",
    base=PayflowTask,
    soft_time_limit=_RECONCILE_LIMIT_S - 60,
    time_limit=_RECONCILE_LIMIT_S,
)
def reconcile_day(*, day: str = "", **_: object) -> None:
    """Reconcile a day in Lagos, such as 2026-01-31.

    Without a day it publishes itself for yesterday, so a message that is delivered again after
    midnight still names its day. Raises: RequestInProgress, while another worker does the day, or
    until the lock of one that died has expired: then the task is tried again.
    """
    now = clock.now()
    if not day:
        yesterday = clock.lagos_day(now) - timedelta(days=1)
        reconcile_day.delay(day=yesterday.isoformat())
        return
    with single_flight(f"reconcile:{day}", for_s=_RECONCILE_LIMIT_S) as is_ours:
        if not is_ours:
            raise RequestInProgress()
        reconciliation.reconcile(day=date.fromisoformat(day), now=now)


@shared_task(name="wallets.audit", base=PayflowTask)
def audit_ledger(*, after: str = "", day: str = "", **_: object) -> None:
    """Audit a batch of wallets, then publish the next batch. The first one misses wallets, too.

    Each wallet is audited from its last clean audit on, and once in seven nights from its first
    entry. `day` is the night's day in Lagos, so midnight does not change whose turn it is.
    """
    day = day or clock.lagos_day(clock.now()).isoformat()
    if not after:
        _report([*find_missing_wallets(), *disputes.find_freed()])
        _report_damaged_anchors()
    batch = list(islice(wallet_ids(after=ObjectId(after) if after else None), _BATCH))
    reached = []
    for wallet_id in batch:
        night = date.fromisoformat(day)
        anchor, findings = audit_wallet(wallet_id, night=night, now=clock.now())
        _report(findings)
        reached += [] if findings else [anchor]
    if settings.AUDIT_ANCHORS_FILE and reached:
        anchors.append(Path(settings.AUDIT_ANCHORS_FILE), reached, clock.now())
    if len(batch) == _BATCH:
        audit_ledger.delay(after=str(batch[-1]), day=day)


def _report_damaged_anchors() -> None:
    """A file that lost its end. The seals of a whole file are checked by `--check-anchors`."""
    path = settings.AUDIT_ANCHORS_FILE
    if path and not anchors.has_its_end(Path(path)):
        kind, sentence = AuditFinding.ANCHORS_DAMAGED, "The file lost what was written last."
        _report([Finding("", kind, f"anchors:{Path(path).resolve()}", sentence)])


def _report(findings: list[Finding]) -> None:
    for each in findings:
        logger.error("audit of %s: %s %s: %s", each.subject, each.kind, each.where, each.sentence)
    lock_and_report(findings, now=clock.now())
