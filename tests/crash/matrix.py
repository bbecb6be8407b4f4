"""Plays the cells, waits until all transactions are settled, and compares the books.

An open block of a dead process holds its wallet for about a minute, and a funding without a page
holds its key as long. So each cell has its own customer, all cells are played before the waiting
begins, and slow cells come first. Among the workers' cells those that leave an open block come
last, since the next worker must not die from the message of another cell.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field

from tests.crash.cells import Cell, StartFunding
from tests.crash.crash_site import CrashSite
from tests.crash.doomed import Doomed, start_in_turn
from tests.crash.flows import FLOWS, Flow
from tests.support import proof
from tests.support.waiting import eventually

_DIES_WITHIN_S = 30.0
_CARRIES_ON_S = 240.0


@dataclass
class Crash:
    """One cell as it is played. problems are sentences; no problem means that it is proved."""

    flow: Flow
    step: str
    cell: Cell
    problems: list[str] = field(default_factory=list)
    thread: threading.Thread | None = None

    def attempt(self, what: Callable[[], object]) -> bool:
        try:
            what()
        except Exception as exc:  # a cell that fails must not stop the others
            self.problems.append(f"{type(exc).__name__}: {exc}"[:300])
            return False
        return True


def stage(
    site: CrashSite, wanted: Callable[[Flow, str], bool] = lambda flow, step: True
) -> list[Crash]:
    found = [
        Crash(flow, step, flow.cell(site, step))
        for flow in FLOWS
        for step in flow.steps
        if wanted(flow, step)
    ]
    return sorted(found, key=_order)


def _order(crash: Crash) -> int:
    is_slow = crash.step.startswith("before-commit") or crash.cell.__class__ is StartFunding
    if crash.flow.dies == "web":
        return 2 if is_slow else 3
    return 1 if is_slow else 0


def play(
    site: CrashSite, staged: list[Crash], *, report: Callable[[str], object] = str
) -> list[str]:
    """What is wrong in the books, a sentence each. What is wrong in one cell is its problem."""
    site.networks.behave(duplicate_window_s=0)
    site.vendor.webhooks(retry_s=0.5, retries=120)
    report(f"preparing {len(staged)} customers")
    with ThreadPoolExecutor(4) as hands:
        prepared = list(hands.map(lambda crash: crash.attempt(crash.cell.prepare), staged))
    playable = [crash for crash, ready in zip(staged, prepared, strict=True) if ready]
    workers = [crash for crash in playable if crash.flow.dies == "worker"]
    doomed = start_in_turn(Doomed(site.stack, each.flow.dies, each.step) for each in playable)
    with closing(doomed):
        # This worker must not die from a task that a sweep publishes.
        site.stop_clock()
        for crash, victim in zip(workers, doomed, strict=False):
            report(f"{crash.flow.name}: {crash.step}")
            _stage(site, crash, victim)
        site.start_clock()
        for crash, victim in zip(playable[len(workers) :], doomed, strict=True):
            report(f"{crash.flow.name}: {crash.step}")
            _stage(site, crash, victim)
    report("waiting until all transactions are settled")
    return _find_problems(site, playable)


def _stage(site: CrashSite, crash: Crash, victim: Doomed) -> None:
    """The armed process does the work until it is dead; then the other processes do it again."""
    if not crash.attempt(victim.wait_until_ready):
        return
    if crash.flow.dies == "worker":
        _strike_worker(site, crash, victim)
    else:
        _strike(crash, victim)
    crash.attempt(crash.cell.undo_strike)
    crash.thread = threading.Thread(target=lambda: crash.attempt(crash.cell.carry_on), daemon=True)
    crash.thread.start()


def _strike_worker(site: CrashSite, crash: Crash, victim: Doomed) -> None:
    site.consumers.stop(site.healthy.node)
    if crash.attempt(lambda: site.consumers.start(victim.node)):
        _strike(crash, victim)
    done = site.healthy.tasks_done
    site.consumers.start(site.healthy.node)
    if site.has_rabbitmq and not crash.step.startswith("before-commit"):
        # Wait until the healthy worker has the message: the next doomed worker must not get it.
        crash.attempt(lambda: eventually(lambda: site.healthy.tasks_done > done))


def _strike(crash: Crash, victim: Doomed) -> None:
    if crash.attempt(lambda: crash.cell.strike(victim.api)):
        deadline = time.monotonic() + _DIES_WITHIN_S
        while not victim.died and time.monotonic() < deadline:
            time.sleep(0.02)
    if not victim.reached:
        crash.problems.append(f"no process died at {crash.step}")
    victim.kill()


def _find_problems(site: CrashSite, played: Iterable[Crash]) -> list[str]:
    deadline = time.monotonic() + _CARRIES_ON_S
    for crash in played:
        if crash.thread is not None:
            crash.thread.join(max(0.0, deadline - time.monotonic()))
    wrong = proof.wait_until_settled(site.stack)
    for crash in played:
        crash.attempt(lambda c=crash: c.problems.extend(c.cell.find_problems()))
    return wrong + proof.find_differences(site.stack) + proof.find_faults(site.stack)
