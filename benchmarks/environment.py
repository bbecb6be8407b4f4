"""The environment of a benchmark: its own servers, and Django set up to use them."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.brokers import choose_broker
from benchmarks.wire import is_up
from dev.stack.addresses import ROOT, Addresses
from dev.stack.ports import HOST
from dev.stack.process import Process
from dev.stack.stack import Stack

_START_S = 60.0
_STOP_S = 10.0


@dataclass(frozen=True)
class Environment:
    """Running servers that this process uses through Django."""

    stack: Stack
    broker: str

    @property
    def addresses(self) -> Addresses:
        return self.stack.addresses

    def describe(self) -> str:
        """The database, the broker and the machine, on which every figure depends."""
        if os.environ.get("MONGO_URI") and "database" not in self.stack.processes:
            database = "the MongoDB server that MONGO_URI names"
        else:
            version = importlib.metadata.version("SecantusDB")
            database = f"SecantusDB {version}, started with --sync-on-commit"
        return (
            f"Database: {database}\n"
            f"Broker: {self.broker}\n"
            f"Machine: {os.cpu_count()} cores, {platform.machine()}, "
            f"Python {platform.python_version()}; "
            f"one-minute load before the start {os.getloadavg()[0]:.1f}"
        )

    @contextmanager
    def gunicorn(self, application: str, port: int, **env: str) -> Iterator[Process]:
        """A web server with the options that production uses; see the Dockerfile."""
        command = [
            *(sys.executable, "-m", "gunicorn", application, "--bind", f"{HOST}:{port}"),
            *("--worker-class", "gthread", "--workers", "2", "--threads", "8"),
            *("--timeout", "60", "--no-control-socket"),
        ]
        with self._run("gunicorn", command, lambda _: is_up(port), env) as process:
            yield process

    @contextmanager
    def worker(self, concurrency: int) -> Iterator[Process]:
        """A Celery worker with `concurrency` processes."""
        command = [
            *(sys.executable, "-m", "celery", "-A", "celery_app", "worker"),
            *("--concurrency", str(concurrency), "--loglevel", "INFO"),
            *("--without-gossip", "--without-mingle"),
        ]
        info = {"LOG_LEVEL": "INFO"}  # the line "ready" is logged at this level
        with self._run("worker", command, lambda p: p.said(" ready."), info) as process:
            yield process

    @contextmanager
    def _run(
        self,
        name: str,
        command: list[str],
        answers: Callable[[Process], bool],
        env: Mapping[str, str] | None = None,
    ) -> Iterator[Process]:
        process = Process(
            name,
            command,
            log=self.addresses.folder / "logs" / f"bench-{name}.log",
            environment={**self.stack.environment, **(env or {})},
            folder=ROOT,
        )
        process.start()
        try:
            process.wait_until(lambda: answers(process), wait_s=_START_S)
            yield process
        finally:
            process.stop(grace_s=_STOP_S)


@contextmanager
def start_environment(parts: Iterable[str]) -> Iterator[Environment]:
    """Start servers in a temporary folder, and set up Django in this process to use them."""
    defaults = {"LOG_LEVEL": "WARNING", "INBOX_GRACE_S": "600"}
    with tempfile.TemporaryDirectory(prefix="payflow-bench-") as folder, choose_broker() as chosen:
        env = {**defaults, "RABBITMQ_URL": chosen.url}
        with Stack(folder, parts=("database", "valkey", *parts), env=env, throwaway=True) as stack:
            environment = Environment(stack, chosen.name)
            os.environ.update(stack.environment)
            import django

            django.setup()

            yield environment
