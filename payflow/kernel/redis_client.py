"""The connection to Redis or Valkey, and what happens while it is away.

Redis holds a cache, rate limits, counters and locks that avoid double work. No money depends on
them, so callers go on without Redis. Only a limit that must hold refuses what it cannot count.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from typing import TypeVar

import redis
from django.conf import settings
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)
T = TypeVar("T")

REDIS_AWAY = (RedisError, OSError)


def client() -> redis.Redis:
    """This process's client. Its connection pool can be used after a fork."""
    return _client(settings.REDIS_URL)


@cache
def _client(url: str) -> redis.Redis:
    # Short time-outs, so that nothing waits long for a Redis that hangs.
    return redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=2)


def call_unless_away(call: Callable[[], T], *, otherwise: T, doing: str) -> T:
    """What call() returns. If Redis is away: `otherwise`, and a log line that contains `doing`."""
    try:
        return call()
    except REDIS_AWAY as exc:
        logger.warning("Redis is away while %s: %s", doing, exc)
        return otherwise
