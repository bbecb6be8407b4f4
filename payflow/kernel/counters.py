"""Counters that every process shares: fields of one Redis hash, which GET /metrics shows.

They tell people how often something rare happened. Nothing is decided by them, so without
Redis nothing is counted and nobody fails.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass

from redis.exceptions import RedisError

from payflow.kernel import redis_client

logger = logging.getLogger(__name__)

_KEY = "payflow:counters"


@dataclass(frozen=True)
class Counter:
    """Whoever counts owns one. Its labels take few values: names of tasks, of queues."""

    name: str
    about: str
    labels: tuple[str, ...] = ()

    def add(self, *values: str) -> None:
        """One more, of these values of the labels."""
        assert len(values) == len(self.labels), f"{self.name} has the labels {self.labels}"
        try:
            with redis_client.connect() as client:
                client.hincrby(_KEY, json.dumps([self.name, *values]), 1)
        except (RedisError, OSError) as exc:
            logger.warning("%s %s is not counted: %s", self.name, values, exc)


def read() -> dict[tuple[str, ...], int]:
    """Each count by its counter's name and the values of its labels. Raises: RedisError."""
    with redis_client.connect() as client:
        return {tuple(json.loads(field)): int(n) for field, n in client.hgetall(_KEY).items()}
