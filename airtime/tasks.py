"""Tasks of the catalogue and the float, which beat publishes."""

from __future__ import annotations

import logging

from celery import shared_task

from airtime import availability, catalogue, vendor
from payflow.kernel import clock
from payflow.kernel.errors import VendorUnavailable
from payflow.kernel.tasks import PayflowTask

logger = logging.getLogger(__name__)


@shared_task(name="airtime.refresh_catalogue", base=PayflowTask)
def refresh_catalogue(**_: object) -> None:
    """Cache what the vendor sells before a customer asks."""
    if vendor.is_enabled():
        catalogue.refresh(now=clock.now())


@shared_task(name="airtime.watch_float", base=PayflowTask)
def watch_float(**_: object) -> None:
    """Check whether our float with the vendor is low."""
    if not vendor.is_enabled():
        return
    try:
        availability.check_float()
    except VendorUnavailable as exc:  # the next check follows in five minutes
        logger.warning("the float could not be checked: %s", exc)
