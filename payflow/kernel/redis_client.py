"""The connection to Redis or Valkey, and the one rule for when it is away.

Redis keeps nothing that money depends on: a cache, rate limits, locks that save work, counters.
So whatever needs it goes on without it.
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
    """This process's client; its pool keeps the connections and survives a fork."""
    return _client(settings.REDIS_URL)


@cache
def _client(url: str) -> redis.Redis:
    # Short time-outs, so that nothing waits long for a Redis that hangs.
    return redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=2)


def call_unless_away(call: Callable[[], T], *, otherwise: T, doing: str) -> T:
    """What call() returns; `otherwise` if Redis is away, and then `doing` is in the log."""
    try:
        return call()
    except REDIS_AWAY as exc:
        logger.warning("Redis is away while %s: %s", doing, exc)
        return otherwise
