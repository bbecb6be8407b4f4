"""Tasks that serve all flows: requeries, and locks that expire."""

from __future__ import annotations

import logging

from celery import current_app, shared_task

from payflow.kernel import clock
from payflow.kernel.errors import VendorUnavailable
from payflow.kernel.tasks import PayflowTask
from wallets import requery
from wallets.funding import polling as funding
from wallets.ledger import locks

logger = logging.getLogger(__name__)

# A sweep publishes up to this many tasks and then publishes itself again, so a backlog never
# makes one task long.
_BATCH = 200


@shared_task(name="wallets.requery", base=PayflowTask)
def requery_transaction(*, reference: str, **_: object) -> None:
    """Ask the vendor how one PENDING transaction stands. A second delivery changes nothing."""
    try:
        requery.requery(reference=reference, now=clock.now())
    except VendorUnavailable as exc:  # no retry: a sweep publishes it again
        logger.warning("%s could not be requeried: %s", reference, exc)


@shared_task(name="wallets.sweep_pending", base=PayflowTask)
def sweep_pending(**_: object) -> None:
    """Publish a requery for each transaction that is due, PENDING or ended."""
    claimed = requery.claim_due(now=clock.now(), limit=_BATCH)
    for task, reference in claimed:
        current_app.tasks[task].delay(reference=reference)
    rechecks = requery.claim_rechecks(now=clock.now(), limit=_BATCH)
    for task, reference in rechecks:
        current_app.tasks[task].delay(reference=reference)
    if _BATCH in (len(claimed), len(rechecks)):
        sweep_pending.delay()


@shared_task(name="wallets.poll_refunds", base=PayflowTask)
def poll_refunds(**_: object) -> None:
    """Ask the payment vendor for refunds and chargebacks: it need not send webhooks for them."""
    funding.poll_refunds(now=clock.now())


@shared_task(name="wallets.clear_expired_locks", base=PayflowTask)
def clear_expired_locks(**_: object) -> None:
    """Unlock the wallets whose lock has expired."""
    locks.clear_expired_locks(now=clock.now())
