"""What all tasks share: their log context, their retries, and their dead letters."""

from __future__ import annotations

import logging
from typing import Any

from celery import Task, current_app
from celery.signals import before_task_publish, task_postrun, task_prerun
from django.conf import settings
from kombu.exceptions import OperationalError

from payflow.kernel import clock, queues
from payflow.kernel.counters import Counter, note_run
from payflow.kernel.failpoints import failpoint
from payflow.kernel.logs import request_id, task_id

logger = logging.getLogger(__name__)

TASKS_GIVEN_UP = Counter("tasks_given_up", "Tasks that became dead letters.", ("task", "queue"))
TASKS_RETRIED = Counter(
    "tasks_retried", "Attempts that failed and were followed by another.", ("task",)
)


class Poison(Exception):
    """Raised by a task that no retry can help. Raise it `from` the error that is the reason."""


class PayflowTask(Task):  # type: ignore[misc]
    """A task that is retried on any error, and becomes a dead letter when all retries failed.

    Waits grow exponentially up to a cap, with full jitter. Every task must be safe to run twice:
    it is acknowledged only when it is done, so another worker runs it again if its worker dies.
    """

    abstract = True
    autoretry_for = (Exception,)
    dont_autoretry_for = (Poison,)
    retry_backoff = settings.RETRY_BASE_S
    retry_backoff_max = settings.RETRY_CAP_S
    retry_jitter = True
    max_retries = settings.RETRY_LIMIT

    def on_success(self, retval: Any, task_id: str, args: Any, kwargs: dict[str, Any]) -> None:
        if self.name in {each["task"] for each in self.app.conf.beat_schedule.values()}:
            note_run(self.name, clock.now())
        failpoint("before-ack", self.name)

    def on_retry(
        self, exc: Exception, task_id: str, args: Any, kwargs: dict[str, Any], einfo: Any
    ) -> None:
        logger.warning("%s will be tried again: %s: %s", self.name, type(exc).__name__, exc)
        TASKS_RETRIED.add(self.name)

    def on_failure(
        self, exc: Exception, task_id: str, args: Any, kwargs: dict[str, Any], einfo: Any
    ) -> None:
        """Put the message into its queue's dead-letter queue, with its error."""
        logger.error(
            "%s becomes a dead letter: %s: %s", self.name, type(exc).__name__, exc, exc_info=exc
        )
        live = self.app.amqp.router.route({}, self.name)["queue"].name
        TASKS_GIVEN_UP.add(self.name, live)
        queue = queues.dead_letter_queues(settings.RABBITMQ_URL)[live]
        with current_app.producer_or_acquire() as producer:
            producer.publish(
                [list(args or ()), kwargs, {}],
                exchange=queue.exchange,
                routing_key=live,
                declare=[queue],
                serializer="json",
                delivery_mode="persistent",
                retry=True,
                retry_policy={"max_retries": 5, "interval_step": 0.5},
                headers={
                    "task": self.name,
                    "id": task_id,
                    "error": f"{type(exc).__name__}: {exc}"[:500],
                    "failed_at": clock.now().isoformat(),
                    "request_id": request_id.get(),
                },
            )


def publish(task: Task, **kwargs: str) -> None:
    """Publish a task, for a caller that must not fail while the broker is away.

    The caller has committed the work already, with a time at which a sweep looks for it; or
    somebody can ask for it again.
    """
    failpoint("before-publish", task.name)
    try:
        task.delay(**kwargs)
    except (OperationalError, OSError) as exc:
        logger.warning("%s %s is not published: the broker is away: %s", task.name, kwargs, exc)
    failpoint("after-publish", task.name)


@before_task_publish.connect
def _carry_request_id(headers: dict[str, Any], **_: object) -> None:
    """Give the task the id of its request, for its log lines."""
    if current := request_id.get():
        headers.setdefault("request_id", current)


@task_prerun.connect
def _enter_context(task_id: str, task: Task, **_: object) -> None:
    _set_context(task_id, getattr(task.request, "request_id", None) or "")


@task_postrun.connect
def _leave_context(**_: object) -> None:
    _set_context("", "")


def _set_context(task: str, request: str) -> None:
    task_id.set(task)
    request_id.set(request)
