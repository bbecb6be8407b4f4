"""Work behind the request. Each task parses ids and calls one service."""

from __future__ import annotations

import logging
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from bson import ObjectId
from celery import current_app, shared_task
from django.conf import settings

from payflow.kernel import clock, queues
from payflow.kernel.errors import VendorUnavailable
from payflow.kernel.locks import single_flight
from payflow.kernel.tasks import PayflowTask, Poison
from wallets import requery
from wallets.errors import EventUnreadable
from wallets.inbox import services as inbox
from wallets.ledger import locks
from wallets.oversight import anchors, audit, reconciliation
from wallets.withdrawals import services as transfers
from wallets.withdrawals.limits import LAGOS

logger = logging.getLogger(__name__)

# One sweep publishes so many and then sends itself on; a backlog never makes one task long.
_BATCH = 200


class EventTask(PayflowTask):
    """Keeps the story of its attempts on the inbox event, outside the block that failed."""

    abstract = True

    def before_start(self, task_id: str, args: Any, kwargs: Any) -> None:
        """Give up an event that killed its workers one delivery before the broker does so,
        which knows no inbox: a sweep would bring the event back for ever."""
        if int(self.request.get("x-delivery-count") or 0) >= queues.DELIVERY_LIMIT:
            raise Poison("its worker died or lost the broker at every delivery")

    def on_retry(self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        super().on_retry(exc, task_id, args, kwargs, einfo)
        # Not before the longest wait of this retry is over does a sweep take it for lost.
        wait_s = min(settings.RETRY_CAP_S, settings.RETRY_BASE_S * 2**self.request.retries)
        due = clock.now() + timedelta(seconds=wait_s + settings.INBOX_GRACE_S)
        inbox.record_failure(
            event_id=ObjectId(kwargs["event_id"]), error=_text(exc), next_attempt_at=due
        )

    def on_failure(self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        try:
            inbox.record_failure(
                event_id=ObjectId(kwargs["event_id"]), error=_text(exc), next_attempt_at=None
            )
        finally:  # with the database away, or no such argument, it is a dead letter all the same
            super().on_failure(exc, task_id, args, kwargs, einfo)


@shared_task(name="wallets.process_webhook_event", base=EventTask)
def process_webhook_event(*, event_id: str, **_: object) -> None:
    """Verify and settle one inbox event; harmless when delivered twice."""
    try:
        inbox.process(event_id=ObjectId(event_id), now=clock.now())
    except EventUnreadable as exc:
        raise Poison(str(exc)) from exc


@shared_task(name="wallets.send_transfer", base=PayflowTask)
def send_transfer(*, reference: str, **_: object) -> None:
    """Ask the vendor for one withdrawal's transfer; harmless when delivered twice."""
    transfers.send(reference=reference, now=clock.now())


@shared_task(name="wallets.requery", base=PayflowTask)
def requery_transaction(*, reference: str, **_: object) -> None:
    """Ask the vendor how one PENDING transaction ended; harmless when delivered twice."""
    try:
        requery.requery(reference=reference, now=clock.now())
    except VendorUnavailable as exc:  # not retried here: the sweep comes back to it anyway
        logger.warning("%s could not be asked about: %s", reference, exc)


@shared_task(name="wallets.sweep_inbox", base=PayflowTask)
def sweep_inbox(**_: object) -> None:
    """Publish the events that were stored and never finished."""
    claimed = inbox.claim_leftovers(now=clock.now(), limit=_BATCH)
    for event_id in claimed:
        process_webhook_event.delay(event_id=str(event_id))
    if len(claimed) == _BATCH:
        sweep_inbox.delay()


@shared_task(name="wallets.sweep_pending", base=PayflowTask)
def sweep_pending(**_: object) -> None:
    """Requery the transactions whose time has come."""
    claimed = requery.claim_due(now=clock.now(), limit=_BATCH)
    for task, reference in claimed:
        current_app.tasks[task].delay(reference=reference)
    if len(claimed) == _BATCH:
        sweep_pending.delay()


@shared_task(name="wallets.reconcile", base=PayflowTask, soft_time_limit=1500, time_limit=1560)
def reconcile_day(*, day: str = "", **_: object) -> None:
    """Reconcile a day in Lagos, 2026-01-31; without one, yesterday."""
    now = clock.now()
    yesterday = now.astimezone(LAGOS).date() - timedelta(days=1)
    wanted = date.fromisoformat(day) if day else yesterday
    with single_flight(f"reconcile:{wanted}", for_s=1560) as is_ours:
        if is_ours:
            reconciliation.reconcile(day=wanted, now=now)


@shared_task(name="wallets.audit", base=PayflowTask)
def audit_ledger(*, after: str = "", **_: object) -> None:
    """Audit what was booked since the last time, a batch of wallets; then send itself on."""
    batch = list(islice(audit.wallet_ids(after=ObjectId(after) if after else None), _BATCH))
    heads_reached = []
    for wallet_id in batch:
        head, findings = audit.audit_wallet(wallet_id, full=False, now=clock.now())
        for each in findings:
            logger.error("audit of %s: %s %s: %s", wallet_id, each.kind, each.where, each.sentence)
        audit.distrust(findings, now=clock.now())
        heads_reached += [] if findings else [head]
    if settings.AUDIT_HEADS_FILE and heads_reached:
        anchors.append(Path(settings.AUDIT_HEADS_FILE), heads_reached, clock.now())
    if len(batch) == _BATCH:
        audit_ledger.delay(after=str(batch[-1]))


@shared_task(name="wallets.clear_expired_locks", base=PayflowTask)
def clear_expired_locks(**_: object) -> None:
    """Unlock the wallets whose lock is over."""
    locks.clear_expired_locks(now=clock.now())


def _text(exc: BaseException) -> str:
    return f"{type(exc).__name__}: {exc}"
