"""Decides which process of the simulation runs next, from one failpoint to another.

Each process is a greenlet. At a failpoint it switches to the hub, which draws from the seed's
random numbers what happens: the process goes on, now or later; it dies; or its call to a vendor
fails.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from greenlet import getcurrent, greenlet

from payflow.kernel import failpoints
from payflow.kernel.errors import OutcomeUnknown, VendorUnavailable

# No other process may run here: it would wait in the database for a block that is paused.
_INSIDE_A_BLOCK = ("in-block", "before-commit")
_MAX_TURNS = 2_000
_IDS = re.compile(r"\d{6,}")


class Died(BaseException):
    """The process died here. It is no Exception, so that no code of the product catches it."""


@dataclass
class Chances:
    """At how many of a thousand failpoints each of these happens."""

    die: int = 25
    vendor_away: int = 30
    answer_lost: int = 30


@dataclass
class Process:
    """One process. `ended` is called with whether it died, and may start another process."""

    name: str
    ended: Callable[[bool], None]
    stack: greenlet


class Scheduler:
    """One run. trace: every decision, in order. The same seed makes the same decisions."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)
        self.chances = Chances()
        self.trace: list[str] = []
        self._hub = getcurrent()
        self._ready: list[Process] = []
        self._running: Process | None = None

    def start(
        self, name: str, body: Callable[[], None], ended: Callable[[bool], None] | None = None
    ) -> None:
        """Add a process to those that may run."""
        # The parent is the hub and not the process that starts it: the hub runs when it ends.
        stack = greenlet(body, parent=self._hub)
        self._ready.append(Process(name, ended or (lambda died: None), stack))

    def run(self) -> None:
        """Run until every process has ended. An exception of a process ends the simulation."""
        failpoints.act(self._at_failpoint)
        try:
            for _ in range(_MAX_TURNS):
                if not self._ready:
                    return
                self._turn(self.random.choice(self._ready))
            raise AssertionError(f"{[p.name for p in self._ready]} never end")
        finally:
            failpoints.act(None)

    def pause(self) -> None:
        """Let other processes run before this one goes on."""
        self._hub.switch()

    def record(self, what: str) -> None:
        name = self._running.name if self._running else "hub"
        # Ids of a vendor differ from run to run, and are no decision.
        self.trace.append(f"{name}: {_IDS.sub('#', what)}")

    def _turn(self, process: Process) -> None:
        self._running = process
        died = False
        try:
            process.stack.switch()
        except Died:
            died = True
        if process.stack.dead:
            self._ready.remove(process)
            self.record("died" if died else "done")
            process.ended(died)
        self._running = None

    def _at_failpoint(self, name: str, where: str) -> None:
        if self._running is None or self._running.stack is not getcurrent():
            return  # a thread that the product started, such as the one that pushes
        inside = name in _INSIDE_A_BLOCK
        if not inside:
            self.pause()
        drawn = self.random.randrange(1000)
        if drawn < self.chances.die:
            self.record(f"dies {name} {where}")
            raise Died
        if name in ("before-vendor", "after-vendor"):
            self._disturb_vendor(name, where, drawn - self.chances.die)

    def _disturb_vendor(self, name: str, where: str, drawn: int) -> None:
        """Before the call: unavailable, or the request is lost. After it: the answer is lost."""
        if drawn < self.chances.vendor_away:
            self.record(f"{where} is away {name}")
            if name == "before-vendor":
                raise VendorUnavailable("The vendor is unavailable.")
            raise OutcomeUnknown("The answer was lost.")
        if drawn < self.chances.vendor_away + self.chances.answer_lost:
            self.record(f"{where} lost {name}")
            raise OutcomeUnknown("No answer came.")
