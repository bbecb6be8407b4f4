"""Processes that die at a failpoint, and the worker that does not."""

from __future__ import annotations

import http.client
import secrets
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self

from dev.stack.addresses import ROOT
from dev.stack.ports import HOST, Ports
from dev.stack.process import Process
from dev.stack.stack import Stack
from payflow.kernel.failpoints import EXIT_CODE, VARIABLE
from tests.crash.consumers import IDLE

_START_S = 90.0
# This number of processes start while the one before them is used: starting takes longest.
_AHEAD = 3


class Doomed:
    """One process that dies at the failpoint `armed`."""

    def __init__(self, stack: Stack, part: str, armed: str) -> None:
        name = f"doomed-{secrets.token_hex(4)}"
        self.armed = armed
        self.node = f"{name}@{HOST}"
        self._port = Ports.free().web
        self.api = f"http://localhost:{self._port}/api/v1"
        self._part = part
        self._process = Process(
            name,
            _solo_worker(self.node) if part == "worker" else _web(self._port),
            log=stack.addresses.folder / "logs" / f"{name}-{armed.replace('/', '_')}.log",
            environment={**stack.environment, VARIABLE: armed, "LOG_LEVEL": "INFO"},
            folder=ROOT,
        )

    def start(self) -> None:
        self._process.start()

    def wait_until_ready(self) -> None:
        """Return when it answers. Raises: StackError."""
        ready = self._live if self._part == "web" else lambda: self._process.said(" ready.")
        self._process.wait_until(ready, wait_s=_START_S)

    @property
    def died(self) -> bool:
        return not self._process.running

    @property
    def reached(self) -> bool:
        """Whether it died at the failpoint."""
        return self._process.exit_code == EXIT_CODE

    def kill(self) -> None:
        self._process.kill()

    def _live(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self._port, timeout=2)
        try:
            connection.request("GET", "/health/live")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


def _solo_worker(node: str) -> list[str]:
    """A worker without child processes, so that nothing of it survives. It takes no tasks yet."""
    return [
        *(sys.executable, "-m", "celery", "-A", "celery_app", "worker", "-n", node),
        *("--pool", "solo", "-Q", IDLE, "--loglevel", "INFO"),
        *("--without-gossip", "--without-mingle"),
    ]


def _web(port: int) -> list[str]:
    return [
        *(sys.executable, "-m", "daphne", "-b", HOST, "-p", str(port)),
        "payflow.asgi:application",
    ]


class HealthyWorker:
    """A worker that does not die.

    It runs more tasks at a time than usual, since each open block of a dead process may keep
    one of them waiting.
    """

    def __init__(self, stack: Stack) -> None:
        self.node = f"healthy@{HOST}"
        self._process = Process(
            "healthy",
            [
                *(sys.executable, "-m", "celery", "-A", "celery_app", "worker", "-n", self.node),
                *("--concurrency", "8", "--loglevel", "INFO"),
                *("--without-gossip", "--without-mingle"),
            ],
            log=stack.addresses.folder / "logs" / "healthy.log",
            environment={**stack.environment, "LOG_LEVEL": "INFO"},
            folder=ROOT,
        )

    def __enter__(self) -> Self:
        self._process.start()
        self._process.wait_until(lambda: self._process.said(" ready."), wait_s=_START_S)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.stop(grace_s=10)

    @property
    def tasks_done(self) -> int:
        return self._process.log.read_bytes().count(b" succeeded in ")


def start_in_turn(wanted: Iterable[Doomed]) -> Iterator[Doomed]:
    """Yield each in its turn, while the next ones start. All are dead afterwards."""
    starting: deque[Doomed] = deque()
    source = iter(wanted)
    try:
        while True:
            while len(starting) < _AHEAD and (next_one := next(source, None)):
                next_one.start()
                starting.append(next_one)
            if not starting:
                return
            yield starting[0]
            starting.popleft().kill()
    finally:
        for each in starting:
            each.kill()
