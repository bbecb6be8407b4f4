"""The Celery application: its queues, beat's schedule, and the rules of safe delivery."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "payflow.settings.production")

from celery import Celery, bootsteps
from celery.schedules import crontab
from celery.signals import setup_logging, worker_process_init
from django.conf import settings

from payflow.kernel import queues

BROKER_URL = settings.RABBITMQ_URL


def _daily(at: str) -> crontab:
    """Once a day at a time such as 02:30."""
    hour, minute = at.split(":")[:2]
    return crontab(hour=int(hour), minute=int(minute))


# As much may the clocks of two machines differ.
_CLOCKS_DIFFER_S = 120


def _expires_after(interval_s: float) -> dict[str, float]:
    """The next run replaces one that no worker has begun in time, by whichever clock."""
    return {"expires": interval_s + _CLOCKS_DIFFER_S}


app = Celery("payflow")
app.conf.update(
    broker_url=BROKER_URL,
    broker_connection_retry_on_startup=True,
    # Publishing waits for the broker's confirmation, but not for long: a request may wait for it.
    broker_transport_options=(
        {"confirm_publish": True, "max_retries": 1, "read_timeout": 5, "write_timeout": 5}
        if queues.is_rabbitmq(BROKER_URL)
        # After this time the embedded broker gives an unacknowledged message to another worker.
        # The time includes a retry's delay, so it must be longer than the longest delay.
        else {"visibility_timeout": 2 * settings.RETRY_CAP_S, "socket_connect_timeout": 2}
    ),
    broker_connection_timeout=2,
    task_publish_retry_policy={"max_retries": 1, "interval_start": 0, "interval_max": 0.2},
    task_queues=queues.live_queues(BROKER_URL),
    task_default_queue=settings.DEFAULT_QUEUE,
    task_default_exchange="payflow",
    task_default_exchange_type="topic",
    task_default_routing_key=settings.DEFAULT_QUEUE,
    task_create_missing_queues=False,
    task_routes=settings.TASK_ROUTES,
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_soft_time_limit=100,
    task_time_limit=120,
    worker_prefetch_multiplier=1,
    worker_send_task_events=False,
    # A broken connection returns its messages to the queue, and another worker gets them.
    worker_cancel_long_running_tasks_on_connection_loss=True,
    worker_hijack_root_logger=False,
    # Quorum queues have a prefetch per consumer only; Celery detects that.
    worker_detect_quorum_queues=True,
    accept_content=["json"],
    task_serializer="json",
    timezone="Africa/Lagos",  # for the daily jobs; messages carry UTC
    enable_utc=True,
    beat_schedule={
        "sweep-inbox": {
            "task": "wallets.sweep_inbox",
            "schedule": settings.SWEEP_INTERVAL_S,
            "options": _expires_after(settings.SWEEP_INTERVAL_S),
        },
        "sweep-pending": {
            "task": "wallets.sweep_pending",
            "schedule": settings.SWEEP_INTERVAL_S,
            "options": _expires_after(settings.SWEEP_INTERVAL_S),
        },
        "poll-refunds": {
            "task": "wallets.poll_refunds",
            "schedule": settings.REFUNDS_INTERVAL_S,
            "options": _expires_after(settings.REFUNDS_INTERVAL_S),
        },
        "refresh-catalogue": {
            "task": "airtime.refresh_catalogue",
            "schedule": settings.CATALOGUE_INTERVAL_S,
            "options": _expires_after(settings.CATALOGUE_INTERVAL_S),
        },
        "watch-float": {
            "task": "airtime.watch_float",
            "schedule": settings.FLOAT_INTERVAL_S,
            "options": _expires_after(settings.FLOAT_INTERVAL_S),
        },
        "audit": {"task": "wallets.audit", "schedule": _daily(settings.AUDIT_AT)},
        "reconcile": {"task": "wallets.reconcile", "schedule": _daily(settings.RECONCILE_AT)},
        "clear-expired-locks": {
            "task": "wallets.clear_expired_locks",
            "schedule": settings.SWEEP_INTERVAL_S,
            "options": _expires_after(settings.SWEEP_INTERVAL_S),
        },
    },
)
app.autodiscover_tasks()


class DeadLetterQueues(bootsteps.StartStopStep):
    """Declares the dead-letter queues before the worker consumes its first message."""

    requires = ("celery.worker.consumer.connection:Connection",)

    def start(self, consumer: object) -> None:
        with app.connection_for_write() as connection:
            for queue in queues.dead_letter_queues(BROKER_URL).values():
                queue.bind(connection.default_channel).declare()


app.steps["consumer"].add(DeadLetterQueues)


@setup_logging.connect
def _keep_django_logging(**_: object) -> None:
    """Keep Django's LOGGING; Celery would replace it."""


@worker_process_init.connect
def _connect_after_fork(**_: object) -> None:
    """A MongoClient must not cross a fork, so each process opens its own."""
    from payflow.kernel import db

    db.forget_client()
