"""Plays the cells, waits until all has healed, and has everybody's books compared.

A block that died open holds its wallet for about a minute, and a funding without a page its key.
So every cell has a customer of its own, all are played before anything is waited for, and what
takes long comes early; but a worker's open blocks are the last of the workers' cells, since the
next worker must not die of another cell's message.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field

from tests.crash.cells import Cell, StartFunding
from tests.crash.doomed import Doomed, one_by_one
from tests.crash.flows import FLOWS, Flow
from tests.crash.site import Site
from tests.support import proof
from tests.support.waiting import eventually

_DIES_WITHIN_S = 30.0
_CARRIES_ON_S = 240.0


@dataclass
class Crash:
    """One cell as it is played; problems are sentences, and none is a proof."""

    flow: Flow
    step: str
    cell: Cell
    problems: list[str] = field(default_factory=list)
    thread: threading.Thread | None = None

    def tried(self, what: Callable[[], object]) -> bool:
        try:
            what()
        except Exception as exc:  # whatever a cell meets is its problem, and not the others'
            self.problems.append(f"{type(exc).__name__}: {exc}"[:300])
            return False
        return True


def crashes(
    site: Site, wanted: Callable[[Flow, str], bool] = lambda flow, step: True
) -> list[Crash]:
    found = [
        Crash(flow, step, flow.cell(site, step))
        for flow in FLOWS
        for step in flow.steps
        if wanted(flow, step)
    ]
    return sorted(found, key=_turn)


def _turn(crash: Crash) -> int:
    is_slow = crash.step.startswith("before-commit") or crash.cell.__class__ is StartFunding
    if crash.flow.dies == "web":
        return 2 if is_slow else 3
    return 1 if is_slow else 0


def play(site: Site, staged: list[Crash], *, tell: Callable[[str], object] = str) -> list[str]:
    """What is wrong with the whole, a sentence each; what is wrong with one cell is in it."""
    site.networks.behave(duplicate_window_s=0)
    site.vendor.webhooks(retry_s=0.5, retries=120)
    tell(f"preparing {len(staged)} customers")
    with ThreadPoolExecutor(4) as hands:
        prepared = list(hands.map(lambda crash: crash.tried(crash.cell.prepare), staged))
    playable = [crash for crash, ready in zip(staged, prepared, strict=True) if ready]
    workers = [crash for crash in playable if crash.flow.dies == "worker"]
    doomed = one_by_one(Doomed(site.stack, each.flow.dies, each.step) for each in playable)
    with closing(doomed):
        # What the clock would send to a worker is not what this one is to die of.
        site.hold_the_clock()
        for crash, victim in zip(workers, doomed, strict=False):
            tell(f"{crash.flow.name}: {crash.step}")
            _stage(site, crash, victim)
        site.wind_the_clock()
        for crash, victim in zip(playable[len(workers) :], doomed, strict=True):
            tell(f"{crash.flow.name}: {crash.step}")
            _stage(site, crash, victim)
    tell("waiting until all has healed")
    return _judged(site, playable)


def _stage(site: Site, crash: Crash, victim: Doomed) -> None:
    """The armed process does the work until it is dead; then the others have it back."""
    if not crash.tried(victim.wait_until_ready):
        return
    if crash.flow.dies == "worker":
        _with_the_line(site, crash, victim)
    else:
        _die(crash, victim)
    crash.tried(crash.cell.mend)
    crash.thread = threading.Thread(target=lambda: crash.tried(crash.cell.carry_on), daemon=True)
    crash.thread.start()


def _with_the_line(site: Site, crash: Crash, victim: Doomed) -> None:
    site.line.leave(site.healthy.node)
    if crash.tried(lambda: site.line.take(victim.node)):
        _die(crash, victim)
    done = site.healthy.tasks_done
    site.line.take(site.healthy.node)
    if site.has_rabbitmq and not crash.step.startswith("before-commit"):
        # The broker hands its message to the healthy one. Not to the next that is to die.
        crash.tried(lambda: eventually(lambda: site.healthy.tasks_done > done))


def _die(crash: Crash, victim: Doomed) -> None:
    if crash.tried(lambda: crash.cell.strike(victim.api)):
        deadline = time.monotonic() + _DIES_WITHIN_S
        while not victim.died and time.monotonic() < deadline:
            time.sleep(0.02)
    if not victim.reached:
        crash.problems.append(f"nobody died at {crash.step}")
    victim.kill()


def _judged(site: Site, played: Iterable[Crash]) -> list[str]:
    deadline = time.monotonic() + _CARRIES_ON_S
    for crash in played:
        if crash.thread is not None:
            crash.thread.join(max(0.0, deadline - time.monotonic()))
    wrong = proof.healed(site.stack)
    for crash in played:
        crash.tried(lambda c=crash: c.problems.extend(c.cell.wrong()))
    return wrong + proof.differences(site.stack) + proof.audited(site.stack)
