"""Work behind the request. Each task parses ids and calls one service."""

from __future__ import annotations

import logging

from celery import shared_task

from airtime import availability, catalogue, vtpass
from airtime.purchases import outcomes
from payflow.kernel import clock
from payflow.kernel.errors import VendorUnavailable
from payflow.kernel.tasks import PayflowTask

logger = logging.getLogger(__name__)


@shared_task(name="airtime.requery", base=PayflowTask)
def requery_purchase(*, reference: str, **_: object) -> None:
    """Learn how one purchase ended; harmless when delivered twice."""
    try:
        outcomes.requery(reference=reference, now=clock.now())
    except VendorUnavailable as exc:  # not retried here: the sweep comes back to it anyway
        logger.warning("%s could not be asked about: %s", reference, exc)


@shared_task(name="airtime.refresh_catalogue", base=PayflowTask)
def refresh_catalogue(**_: object) -> None:
    """Have what the vendor sells at hand before a customer asks."""
    if vtpass.is_enabled():
        catalogue.refresh(now=clock.now())


@shared_task(name="airtime.watch_float", base=PayflowTask)
def watch_float(**_: object) -> None:
    """Know in time that our account with the vendor runs dry."""
    if not vtpass.is_enabled():
        return
    try:
        availability.watch_float()
    except VendorUnavailable as exc:  # the next watch is five minutes away
        logger.warning("the float could not be asked for: %s", exc)
