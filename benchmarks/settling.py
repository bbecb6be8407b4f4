"""(a) the floor against (b) our settlement, side by side in one process on one connection."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from benchmarks import cases
from benchmarks.cases import KOBO, Case
from benchmarks.floor import Floor
from benchmarks.listening import listening
from notifications.receivers import push_change
from payflow.kernel import clock, db
from payflow.kernel.vendor_http import VendorHttp
from payflow.settings.base import CONFIG
from wallets.inbox import services as inbox
from wallets.ledger.signals import transaction_changed

Settle = Callable[[Case], None]
FLOOR, OURS, PUSHED = "floor", "settlement", "settlement and push"
_ROUNDS = 24
_PER_ROUND = 24
_THREADS = 8
_CROWDS = 5
_PER_CROWD = 80


@dataclass(frozen=True)
class Rates:
    """What each contestant does a second, and the median of the rounds' ratios to the floor."""

    per_s: dict[str, float]
    to_floor: dict[str, float]


def rates_of(took: Mapping[str, Sequence[float]], per_round: int) -> Rates:
    """From the seconds of each round, in which each contestant did so much; FLOOR is the floor."""
    return Rates(
        {name: per_round / statistics.median(seconds) for name, seconds in took.items()},
        {
            name: statistics.median(
                floor / other for floor, other in zip(took[FLOOR], seconds, strict=True)
            )
            for name, seconds in took.items()
        },
    )


class _StoredAnswer:
    """The part of an HTTP response that the vendor client reads."""

    status_code = 200

    def __init__(self, body: dict[str, Any]) -> None:
        self._body = body

    def json(self, **_: object) -> dict[str, Any]:
        return self._body


class Settling:
    """Everything is checked as it is measured: a settlement that did nothing counts for nothing."""

    def __init__(self) -> None:
        self._answers: dict[str, dict[str, Any]] = {}

    def same_commands(self) -> int:
        """How many commands one settlement sends. Raises: AssertionError unless both send the
        same ones in the same order."""
        with self._vendor():
            self._settle(OURS, self._prepare(2))  # the first of all opens what it needs
            sent = {name: self._sent(name) for name in (FLOOR, OURS)}
        differ = f"floor.py must do what the service does: {sent[FLOOR]} is not {sent[OURS]}"
        assert sent[FLOOR] == sent[OURS], differ
        return len(sent[OURS])

    def rounds(self) -> Rates:
        """One settlement at a time, the contestants in turn, every wallet a new one."""
        names = (FLOOR, OURS, PUSHED)
        took: dict[str, list[float]] = {name: [] for name in names}
        with self._vendor():
            for name in names:
                self._settle(name, self._prepare(10))
            for number in range(_ROUNDS):
                lots = {name: self._prepare(_PER_ROUND) for name in names}
                round_s = dict.fromkeys(names, 0.0)
                for index in range(_PER_ROUND):
                    for name in _turned(names, number + index):
                        round_s[name] += self._settle(name, lots[name][index : index + 1])
                for name, lot in lots.items():
                    assert cases.balances(lot) == _PER_ROUND * KOBO
                    took[name].append(round_s[name])
        return rates_of(took, _PER_ROUND)

    def crowd(self, *, wallets: int | None) -> Rates:
        """Eight threads at once, on so many wallets (None: each settlement on its own)."""
        names = (FLOOR, OURS)
        took: dict[str, list[float]] = {name: [] for name in names}
        with self._vendor(), ThreadPoolExecutor(_THREADS) as pool:
            for number in range(_CROWDS):
                for name in _turned(names, number):
                    lot = self._prepare(_PER_CROWD, wallets=wallets)
                    settle = self._contestant(name)
                    with _pushing(name):
                        begun = time.perf_counter()
                        list(pool.map(settle, lot))
                        took[name].append(time.perf_counter() - begun)
                    assert cases.balances(lot) == _PER_CROWD * KOBO
        return rates_of(took, _PER_CROWD)

    def _prepare(self, number: int, *, wallets: int | None = None) -> list[Case]:
        lot = cases.prepare(number, wallets=wallets)
        for case in lot:
            found = cases.payment(case.vendor_id, case.reference)
            answer = {"status": "success", "message": "Transaction fetched successfully"}
            self._answers[f"/transactions/{case.vendor_id}/verify"] = {**answer, "data": found}
        return lot

    def _settle(self, name: str, lot: Sequence[Case]) -> float:
        """How long the contestant took over these, in seconds."""
        settle = self._contestant(name)
        with _pushing(name):
            begun = time.perf_counter()
            for case in lot:
                settle(case)
            return time.perf_counter() - begun

    def _contestant(self, name: str) -> Settle:
        floor = Floor(db.client(), CONFIG.mongo_db_name)
        return (lambda case: _plainly(floor, case)) if name == FLOOR else _by_service

    def _sent(self, name: str) -> list[str]:
        """The commands by which the contestant settles one case."""
        lot = self._prepare(1)
        with listening() as commands:
            self._settle(name, lot)
            return commands.kinds()

    @contextmanager
    def _vendor(self) -> Iterator[None]:
        """A vendor whose answers are there before they are asked for."""

        def read(_http: VendorHttp, path: str, parse: Callable[[Any], Any], **_: object) -> Any:
            return parse(_StoredAnswer(self._answers[path]))

        with patch.object(VendorHttp, "read", read):
            yield


def _plainly(floor: Floor, case: Case) -> None:
    floor.settle(
        event_id=case.event_id,
        reference=case.reference,
        amount=KOBO,
        vendor_id=case.vendor_id,
        at=clock.now(),
    )


def _by_service(case: Case) -> None:
    inbox.process(event_id=case.event_id, now=clock.now())


def _turned(names: Sequence[str], by: int) -> list[str]:
    """The same names, begun at another one each time: nobody always comes first."""
    start = by % len(names)
    return [*names[start:], *names[:start]]


@contextmanager
def _pushing(name: str) -> Iterator[None]:
    """The push is Redis' work, which the floor does not have: only PUSHED keeps it."""
    if name == PUSHED:
        yield
        return
    transaction_changed.disconnect(push_change)
    try:
        yield
    finally:
        transaction_changed.connect(push_change)
