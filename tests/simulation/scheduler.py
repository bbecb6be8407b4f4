"""Who acts next: every process of the simulation runs from failpoint to failpoint, in turns.

Each is a greenlet. At a failpoint it hands over to the hub, which draws from the seed's random
what becomes of it: it goes on, now or later; it dies there; or its vendor is not heard.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from greenlet import getcurrent, greenlet

from payflow.kernel import failpoints
from payflow.kernel.errors import OutcomeUnknown, VendorUnavailable

# Nobody else may run here: the database would keep them waiting for a block that is paused.
_INSIDE_A_BLOCK = ("in-block", "before-commit")
_MAX_TURNS = 2_000
_IDS = re.compile(r"\d{6,}")


class Died(BaseException):
    """The process ended here. No code of the product catches it, as none would run."""


@dataclass
class Chances:
    """Of a thousand failpoints, at how many each of these happens."""

    die: int = 25
    vendor_away: int = 30
    answer_lost: int = 30


@dataclass
class Process:
    """One actor. `ended` is called with whether it died, and may start another in its place."""

    name: str
    ended: Callable[[bool], None]
    stack: greenlet


class Scheduler:
    """One run. trace: every decision, in order; the same seed makes the same ones."""

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
        """From now on it may be its turn."""
        # Its parent is the hub and not whoever starts it: there it yields, and there it ends.
        stack = greenlet(body, parent=self._hub)
        self._ready.append(Process(name, ended or (lambda died: None), stack))

    def run(self) -> None:
        """Until everybody has ended. An error of a process is the simulation's."""
        failpoints.set_action(self._at_failpoint)
        try:
            for _ in range(_MAX_TURNS):
                if not self._ready:
                    return
                self._turn(self.random.choice(self._ready))
            raise AssertionError(f"{[p.name for p in self._ready]} never end")
        finally:
            failpoints.set_action(None)

    def pause(self) -> None:
        """Somebody else may act before this process goes on."""
        self._hub.switch()

    def tell(self, what: str) -> None:
        name = self._running.name if self._running else "hub"
        # A vendor's ids differ from run to run, and are no decision.
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
            self.tell("died" if died else "done")
            process.ended(died)
        self._running = None

    def _at_failpoint(self, name: str, where: str) -> None:
        if self._running is None or self._running.stack is not getcurrent():
            return  # a thread of the product's own, such as the one that pushes
        inside = name in _INSIDE_A_BLOCK
        if not inside:
            self.pause()
        drawn = self.random.randrange(1000)
        if drawn < self.chances.die:
            self.tell(f"dies {name} {where}")
            raise Died
        if name in ("before-vendor", "after-vendor"):
            self._vendor_trouble(name, where, drawn - self.chances.die)

    def _vendor_trouble(self, name: str, where: str, drawn: int) -> None:
        """Before: nobody there, or the request is lost. After: it was done, and nobody told us."""
        if drawn < self.chances.vendor_away:
            self.tell(f"{where} is away {name}")
            if name == "before-vendor":
                raise VendorUnavailable("Nobody is there.")
            raise OutcomeUnknown("The answer was lost.")
        if drawn < self.chances.vendor_away + self.chances.answer_lost:
            self.tell(f"{where} lost {name}")
            raise OutcomeUnknown("No answer came.")
