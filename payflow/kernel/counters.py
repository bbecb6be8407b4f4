"""Counters that all processes share: fields of one Redis hash, which GET /metrics shows.

They show people how often something rare happened. No decision depends on them, so without
Redis nothing is counted and nothing fails.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from payflow.kernel.redis_client import call_unless_away, client

_KEY = "payflow:counters"
_RUNS = "payflow:last_runs"


@dataclass(frozen=True)
class Counter:
    """One counter. Each label takes few values: names of tasks, of queues."""

    name: str
    about: str
    labels: tuple[str, ...] = ()

    def add(self, *values: str) -> None:
        """Count one more for these values of the labels."""
        if len(values) != len(self.labels):
            raise ValueError(f"{self.name} has the labels {self.labels}")
        field = json.dumps([self.name, *values])
        call_unless_away(
            lambda: client().hincrby(_KEY, field, 1), otherwise=0, doing=f"counting {field}"
        )


def read() -> dict[tuple[str, ...], int]:
    """Each count, by its counter's name and the values of its labels. Raises: RedisError."""
    return {tuple(json.loads(field)): int(n) for field, n in client().hgetall(_KEY).items()}


def note_run(task: str, at: datetime) -> None:
    """Remember when a periodic task last succeeded."""
    call_unless_away(
        lambda: client().hset(_RUNS, task, at.timestamp()), otherwise=0, doing=f"noting {task}"
    )


def read_runs() -> dict[str, datetime]:
    """When each periodic task last succeeded. Raises: RedisError."""
    stored = client().hgetall(_RUNS).items()
    return {
        (task.decode() if isinstance(task, bytes) else task): datetime.fromtimestamp(float(at), UTC)
        for task, at in stored
    }
