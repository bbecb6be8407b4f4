"""Tasks that wait, fail or kill their worker: `celery -A tests.support.drill`.

A worker loads them beside the project's tasks. Each writes what it did to a list in Redis, which
the test reads.
"""

from __future__ import annotations

import os
import signal
import time

import redis
from celery import shared_task
from celery.signals import worker_process_init

from celery_app import app
from payflow.kernel.tasks import PayflowTask, Poison

__all__ = ["app"]


def note(what: str) -> None:
    """Write that this happened, and when."""
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        client.rpush("drill", f"{what} {time.time()}")


@shared_task(name="notifications.drill_note", base=PayflowTask)
def drill_note(*, name: str) -> None:
    note(name)


@shared_task(name="notifications.drill_wait", base=PayflowTask, bind=True)
def drill_wait(self: PayflowTask, *, name: str, countdown: int) -> None:
    """Ask for one retry."""
    note(f"{name}:{self.request.retries}")
    if self.request.retries == 0:
        raise self.retry(countdown=countdown)


@shared_task(name="notifications.drill_fail", base=PayflowTask, max_retries=1)
def drill_fail(*, name: str) -> None:
    note(name)
    raise ValueError(f"{name} always fails")


@shared_task(name="notifications.drill_poison", base=PayflowTask)
def drill_poison(*, name: str) -> None:
    note(name)
    raise Poison(f"{name} can never succeed")


@shared_task(name="notifications.drill_die", base=PayflowTask)
def drill_die(*, name: str) -> None:
    """Kill the child process of the worker, every time."""
    note(name)
    os.kill(os.getpid(), signal.SIGKILL)


@shared_task(name="notifications.drill_die_once", base=PayflowTask)
def drill_die_once(*, name: str) -> None:
    note(name)
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        if client.incr(f"died:{name}") == 1:
            os.kill(os.getpid(), signal.SIGKILL)


@shared_task(name="notifications.drill_slow", base=PayflowTask)
def drill_slow(*, name: str, lasts_s: float) -> None:
    note(f"{name}:begun")
    time.sleep(lasts_s)
    note(f"{name}:done")


@worker_process_init.connect
def _add_the_deadly_vendor(**_: object) -> None:
    """Add a vendor whose events kill the process that handles them."""
    from wallets.inbox import services as inbox

    inbox.HANDLERS["deadly"] = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
