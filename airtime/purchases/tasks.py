"""Tasks of purchases."""

from __future__ import annotations

import logging

from celery import shared_task

from payflow.kernel import clock
from payflow.kernel.errors import VendorUnavailable
from payflow.kernel.tasks import PayflowTask
from wallets import requery

logger = logging.getLogger(__name__)


@shared_task(name="airtime.requery", base=PayflowTask)
def requery_purchase(*, reference: str, **_: object) -> None:
    """Ask the vendor how one purchase stands. A second delivery changes nothing."""
    try:
        requery.requery(reference=reference, now=clock.now())
    except VendorUnavailable as exc:  # no retry: a sweep publishes it again
        logger.warning("%s could not be requeried: %s", reference, exc)
