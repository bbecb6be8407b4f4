"""Tasks of the inbox."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bson import ObjectId
from celery import shared_task
from django.conf import settings

from payflow.kernel import clock, queues
from payflow.kernel.tasks import PayflowTask, Poison
from wallets.errors import EventUnreadable
from wallets.inbox import services

# A sweep publishes up to this many events and then publishes itself again, so a backlog never
# makes one task long.
_BATCH = 200


class EventTask(PayflowTask):
    """Records each failed attempt on the inbox event, outside the block that failed."""

    abstract = True

    def before_start(self, task_id: str, args: Any, kwargs: Any) -> None:
        """Give up an event that killed its workers, one delivery before the broker does.

        The broker does not know the inbox: a sweep would publish the event for ever.
        """
        if int(self.request.get("x-delivery-count") or 0) >= queues.DELIVERY_LIMIT:
            raise Poison("its worker died or lost the broker at every delivery")

    def on_retry(self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        super().on_retry(exc, task_id, args, kwargs, einfo)
        # A sweep must not take the event for lost before this retry's longest wait is over.
        wait_s = min(settings.RETRY_CAP_S, settings.RETRY_BASE_S * 2**self.request.retries)
        due = clock.now() + timedelta(seconds=wait_s + settings.INBOX_GRACE_S)
        services.record_failure(
            event_id=ObjectId(kwargs["event_id"]), error=_describe(exc), next_attempt_at=due
        )

    def on_failure(self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        try:
            services.record_failure(
                event_id=ObjectId(kwargs["event_id"]), error=_describe(exc), next_attempt_at=None
            )
        finally:  # the dead letter is written even if the database is away
            super().on_failure(exc, task_id, args, kwargs, einfo)


@shared_task(name="wallets.process_webhook_event", base=EventTask)
def process_webhook_event(*, event_id: str, **_: object) -> None:
    """Verify and settle one inbox event. A second delivery changes nothing."""
    try:
        services.process(event_id=ObjectId(event_id), now=clock.now())
    except EventUnreadable as exc:
        raise Poison(str(exc)) from exc


@shared_task(name="wallets.sweep_inbox", base=PayflowTask)
def sweep_inbox(**_: object) -> None:
    """Publish the events that were stored and never finished."""
    claimed = services.claim_leftovers(now=clock.now(), limit=_BATCH)
    for event_id in claimed:
        process_webhook_event.delay(event_id=str(event_id))
    if len(claimed) == _BATCH:
        sweep_inbox.delay()


def _describe(exc: BaseException) -> str:
    return f"{type(exc).__name__}: {exc}"
