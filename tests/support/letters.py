"""Dead letters as an operator sees them: `manage.py deadletters`, on any broker."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from celery import Celery
from django.conf import settings
from django.core.management import CommandError, call_command
from kombu import Connection, Queue

from dev.stack.addresses import ROOT
from dev.stack.process import Process
from payflow.kernel import queues

LIVE = "wallet.events"


@dataclass(frozen=True)
class CommandResult:
    """The output and the exit code of a command."""

    out: str
    error: str
    code: int

    @property
    def ids(self) -> list[str]:
        """The first word of every row of a list."""
        rows = [line.split()[0] for line in self.out.splitlines()]
        return [word for word in rows if word not in ("id", "There")]


class Desk:
    """The commands, a worker and the queues of one broker. A task is dead after one retry.

    here: this process uses the same broker, so commands run in it.
    """

    def __init__(
        self, broker_url: str, environment: Mapping[str, str], folder: Path, *, here: bool = False
    ) -> None:
        self.url = broker_url
        self._here = here
        self._environment = {
            **environment,
            "DJANGO_SETTINGS_MODULE": "payflow.settings.test",
            "RABBITMQ_URL": broker_url,
            "RETRY_LIMIT": "1",
            "LOG_LEVEL": "INFO",
        }
        self._celery = Celery("desk", broker=broker_url, set_as_current=False)
        self._celery.conf.update(task_queues=queues.live(broker_url), task_ignore_result=True)
        self.worker = Process(
            "worker",
            [
                *(sys.executable, "-m", "celery", "-A", "tests.support.drill", "worker"),
                *("--concurrency", "1", "--loglevel", "INFO", "-n", "desk@%h"),
                *("--without-gossip", "--without-mingle"),
            ],
            log=folder / "worker.log",
            environment=self._environment,
            folder=Path(ROOT),
        )

    def start_worker(self) -> None:
        self.worker.start()
        self.worker.wait_until(lambda: self.worker.said(" ready."), wait_s=60)

    def run(self, *arguments: str, **environment: str) -> CommandResult:
        """`manage.py deadletters` with these arguments."""
        if self._here and not environment:
            return _run_here(arguments)
        done = subprocess.run(
            [sys.executable, "manage.py", "deadletters", *arguments],
            env={**self._environment, "LOG_LEVEL": "WARNING", **environment},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return CommandResult(done.stdout, done.stderr, done.returncode)

    def send(self, task: str, *, queue: str = LIVE, **kwargs: Any) -> str:
        """Publish a task to a live queue as the application does. Returns its id."""
        return str(self._celery.send_task(task, kwargs=kwargs, queue=queue).id)

    def bury(
        self,
        body: bytes,
        *,
        name: str = LIVE,
        content_type: str = "application/json",
        headers: Mapping[str, Any] | None = None,
        routing_key: str | None = None,
    ) -> None:
        """Publish a message to the dead-letter queue of a live queue."""
        with Connection(self.url) as connection:
            queue = queues.dead(self.url)[name]
            connection.Producer().publish(
                body,
                exchange=queue.exchange,
                routing_key=routing_key or name,
                declare=[queue],
                content_type=content_type,
                content_encoding="utf-8",
                headers=dict(headers or {}),
            )

    def take_live(self, name: str = LIVE) -> list[Any]:
        """Take all messages from the live queue."""
        return self._take(queues.live(self.url)[settings.QUEUES.index(name)])

    def clear(self) -> None:
        """Empty every queue."""
        for name, dead in queues.dead(self.url).items():
            self._take(dead)
            self.take_live(name)

    def _take(self, queue: Queue) -> list[Any]:
        found = []
        with Connection(self.url) as connection:
            bound = queue.bind(connection.default_channel)
            bound.declare()
            while (message := bound.get(no_ack=True)) is not None:
                found.append(message)
        return found


def _run_here(arguments: tuple[str, ...]) -> CommandResult:
    from celery_app import app

    app.set_current()  # an earlier test may have set another application as current
    out = StringIO()
    try:
        call_command("deadletters", *arguments, stdout=out)
    except CommandError as exc:
        return CommandResult(out.getvalue(), f"CommandError: {exc}", 1)
    return CommandResult(out.getvalue(), "", 0)


def find_field(result: CommandResult, name: str) -> str:
    """The value that `show` printed after this name."""
    found = re.search(rf"^{re.escape(name)} +(.*)$", result.out, re.MULTILINE)
    assert found is not None, result.out
    return found[1]
