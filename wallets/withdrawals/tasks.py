"""Tasks of withdrawals."""

from __future__ import annotations

from celery import shared_task

from payflow.kernel import clock
from payflow.kernel.tasks import PayflowTask
from wallets.withdrawals import services


@shared_task(name="wallets.send_transfer", base=PayflowTask)
def send_transfer(*, reference: str, **_: object) -> None:
    """Ask the vendor for one withdrawal's transfer. A second delivery changes nothing."""
    services.send(reference=reference, now=clock.now())
