"""The faults of a chaos day, drawn from its seed: killed parts and vendors that misbehave."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Mapping

import requests

from dev.stack.process import Process
from dev.stack.stack import Stack
from tests.chaos.storm import Storm
from tests.support.broker import OwnServer

_FLUTTERWAVE = ["timeout_before", "timeout_after", "reset", "reset_after", "http_500", "malformed",
                "http_503_after", "http_400_after", "http_429"]  # fmt: skip
_VTPASS = ["timeout_before", "timeout_after", "reset", "reset_after", "http_500", "malformed",
           "http_503_after"]  # fmt: skip
_ENDPOINTS = {
    "flutterwave": ["verify", "verify_by_reference", "transfers", "transfers_list", "payments"],
    "vtpass": ["pay", "requery"],
}


class Weather:
    """Causes the faults. It runs in the main thread, since only that may start processes."""

    def __init__(
        self, stack: Stack, rabbitmq: OwnServer | None, seed: int, storm: Storm | None
    ) -> None:
        self.storm = storm
        self.kills: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self._stack = stack
        self._rabbitmq = rabbitmq
        self._random = random.Random(f"{seed}:weather")

    def cause_faults(self, until: float) -> None:
        """Every few seconds kill a part, and in between let a vendor misbehave."""
        self._control("/control/webhooks", {"duplicate": 1, "retry_s": 0.5, "retries": 200})
        self._control("/control/vtpass/policy", _purchases(pending_s=2))
        if self.storm:
            self.storm.begin()
        while time.monotonic() < until:
            self._disturb_vendor()
            time.sleep(self._random.uniform(0.3, 1.2))
            for _ in range(3 if self.storm else 0):
                self.storm.strike()
            self._kill_part()
            time.sleep(self._random.uniform(0.5, 2.5))

    def end_faults(self) -> None:
        """Let the vendors behave, and start every part that is down."""
        if self.storm:
            self.storm.end()
        requests.delete(f"{self._stack.addresses.sandbox}/control/faults", timeout=10)
        calm = {"duplicate": 0, "delay_s": 0, "reorder": 0, "drop": 0, "hold": False}
        for vendor in ("flutterwave", "vtpass"):
            self._control("/control/webhooks", {"vendor": vendor, **calm})
        self._control("/control/vtpass/policy", _purchases(pending_s=0))
        for name in self._parts():
            if not self._parts()[name].running:
                self._restart(name)

    def count_webhooks(self) -> Counter[str]:
        """How many events there were, how many were dropped, and how often each was sent."""
        counts: Counter[str] = Counter()
        for vendor in ("flutterwave", "vtpass"):
            url = f"{self._stack.addresses.sandbox}/control/webhooks?vendor={vendor}"
            counts.update(requests.get(url, timeout=10).json()["counts"])
        return counts

    def _parts(self) -> Mapping[str, Process]:
        names = ("web", "worker", "beat", "valkey", "database")
        parts = {name: self._stack.processes[name] for name in names}
        return parts | ({"rabbitmq": self._rabbitmq.process} if self._rabbitmq else {})

    def _kill_part(self) -> None:
        parts = self._parts()
        names = sorted(parts)
        # Workers and web servers have unfinished work, so they die most often. RabbitMQ dies least
        # often, since it takes ten seconds to start.
        often = {"web": 6, "worker": 6, "rabbitmq": 1}
        weights = [often.get(name, 3) for name in names]
        [name] = self._random.choices(names, weights)
        parts[name].kill()
        self.kills[name] += 1
        time.sleep(self._random.uniform(0.0, 1.5))
        self._restart(name)

    def _restart(self, name: str) -> None:
        if name == "rabbitmq":
            assert self._rabbitmq is not None
            self._rabbitmq.start()
        else:
            self._stack.restart(name)

    def _disturb_vendor(self) -> None:
        vendor = self._random.choice(sorted(_ENDPOINTS))
        kind = self._random.choice(_FLUTTERWAVE if vendor == "flutterwave" else _VTPASS)
        fault = {
            "vendor": vendor,
            "endpoint": self._random.choice(_ENDPOINTS[vendor]),
            "kind": kind,
            "times": self._random.randrange(1, 4),
            "hang_s": 5,
        }
        self._control("/control/faults", fault)
        self.faults[f"{vendor} {kind}"] += fault["times"]
        delivery = self._random.choice(
            [{"drop": 2}, {"reorder": 3}, {"reorder": 0}, {"delay_s": 1.0}, {"delay_s": 0.0}]
        )
        self._control("/control/webhooks", {"vendor": vendor, **delivery})
        [(name, value)] = delivery.items()
        self.faults[f"webhooks {name}"] += int(value)

    def _control(self, path: str, body: Mapping[str, object]) -> None:
        answer = requests.post(self._stack.addresses.sandbox + path, json=body, timeout=10)
        assert answer.status_code == 200, answer.text


def _purchases(*, pending_s: float) -> dict[str, object]:
    """VTpass delivers to most numbers, to some late, to one never, and allows repetitions."""
    return {
        "deliver_any": True,
        "duplicate_window_s": 0,
        "pending_s": pending_s,
        "pending_outcome": "delivered",
        "outcomes": {"08021111111": "failed"},
    }
