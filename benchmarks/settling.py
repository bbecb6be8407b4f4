"""(a) the floor and (b) our settlement, measured in turns in one process on one connection."""

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
from benchmarks.cases import AMOUNT_KOBO, Case
from benchmarks.commands import record_commands
from benchmarks.floor import Floor
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
_THREAD_ROUNDS = 5
_PER_THREAD_ROUND = 80


@dataclass(frozen=True)
class Rates:
    """Each variant's settlements per second, and the median of its rounds' ratios to the floor."""

    per_s: dict[str, float]
    to_floor: dict[str, float]


def compute_rates(took: Mapping[str, Sequence[float]], per_round: int) -> Rates:
    """The rates, from the seconds that each variant needed for `per_round` pieces of work."""
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


class SettlementBenchmark:
    """Measures settlements, and checks after each round that every wallet was credited."""

    def __init__(self) -> None:
        self._answers: dict[str, dict[str, Any]] = {}

    def check_commands(self) -> int:
        """The number of commands of one settlement.

        Raises: AssertionError, unless both variants send the same commands in the same order.
        """
        with self._patch_vendor():
            self._settle(OURS, self._prepare(2))  # opens the connections
            sent = {name: self._record_commands(name) for name in (FLOOR, OURS)}
        differ = f"floor.py must do what the service does: {sent[FLOOR]} is not {sent[OURS]}"
        assert sent[FLOOR] == sent[OURS], differ
        return len(sent[OURS])

    def measure_one_by_one(self) -> Rates:
        """One settlement at a time, each on a new wallet. The variants take turns."""
        names = (FLOOR, OURS, PUSHED)
        took: dict[str, list[float]] = {name: [] for name in names}
        with self._patch_vendor():
            for name in names:
                self._settle(name, self._prepare(10))
            for number in range(_ROUNDS):
                lots = {name: self._prepare(_PER_ROUND) for name in names}
                round_s = dict.fromkeys(names, 0.0)
                for index in range(_PER_ROUND):
                    for name in _rotate(names, number + index):
                        round_s[name] += self._settle(name, lots[name][index : index + 1])
                for name, lot in lots.items():
                    assert cases.sum_balances_kobo(lot) == _PER_ROUND * AMOUNT_KOBO
                    took[name].append(round_s[name])
        return compute_rates(took, _PER_ROUND)

    def measure_threads(self, *, wallets: int | None) -> Rates:
        """Eight threads, on `wallets` wallets; None: each settlement has its own wallet."""
        names = (FLOOR, OURS)
        took: dict[str, list[float]] = {name: [] for name in names}
        with self._patch_vendor(), ThreadPoolExecutor(_THREADS) as pool:
            for number in range(_THREAD_ROUNDS):
                for name in _rotate(names, number):
                    lot = self._prepare(_PER_THREAD_ROUND, wallets=wallets)
                    settle = self._get_settle(name)
                    with _with_push_for(name):
                        begun = time.perf_counter()
                        list(pool.map(settle, lot))
                        took[name].append(time.perf_counter() - begun)
                    assert cases.sum_balances_kobo(lot) == _PER_THREAD_ROUND * AMOUNT_KOBO
        return compute_rates(took, _PER_THREAD_ROUND)

    def _prepare(self, number: int, *, wallets: int | None = None) -> list[Case]:
        lot = cases.prepare(number, wallets=wallets)
        for case in lot:
            found = cases.make_payment(case.vendor_id, case.reference)
            answer = {"status": "success", "message": "Transaction fetched successfully"}
            self._answers[f"/transactions/{case.vendor_id}/verify"] = {**answer, "data": found}
        return lot

    def _settle(self, name: str, lot: Sequence[Case]) -> float:
        """How many seconds the variant needs to settle these cases."""
        settle = self._get_settle(name)
        with _with_push_for(name):
            begun = time.perf_counter()
            for case in lot:
                settle(case)
            return time.perf_counter() - begun

    def _get_settle(self, name: str) -> Settle:
        floor = Floor(db.client(), CONFIG.mongo_db_name)
        return (
            (lambda case: _settle_by_pymongo(floor, case)) if name == FLOOR else _settle_by_service
        )

    def _record_commands(self, name: str) -> list[str]:
        """The commands that the variant sends to settle one case."""
        lot = self._prepare(1)
        with record_commands() as commands:
            self._settle(name, lot)
            return commands.describe()

    @contextmanager
    def _patch_vendor(self) -> Iterator[None]:
        """Answer every look-up at the vendor from memory."""

        def read(_http: VendorHttp, path: str, parse: Callable[[Any], Any], **_: object) -> Any:
            return parse(_StoredAnswer(self._answers[path]))

        with patch.object(VendorHttp, "read", read):
            yield


def _settle_by_pymongo(floor: Floor, case: Case) -> None:
    floor.settle(
        event_id=case.event_id,
        reference=case.reference,
        amount=AMOUNT_KOBO,
        vendor_id=case.vendor_id,
        at=clock.now(),
    )


def _settle_by_service(case: Case) -> None:
    inbox.process(event_id=case.event_id, now=clock.now())


def _rotate(names: Sequence[str], by: int) -> list[str]:
    """The names, rotated, so that no variant is always measured first."""
    start = by % len(names)
    return [*names[start:], *names[:start]]


@contextmanager
def _with_push_for(name: str) -> Iterator[None]:
    """Switch pushes off, except for PUSHED: a push is work for Redis, which the floor has not."""
    if name == PUSHED:
        yield
        return
    transaction_changed.disconnect(push_change)
    try:
        yield
    finally:
        transaction_changed.connect(push_change)
