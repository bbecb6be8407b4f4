"""Redis, or Valkey, for what the cache framework cannot do: locks and counters."""

from __future__ import annotations

import redis
from django.conf import settings


def connect() -> redis.Redis:
    """A client that gives up soon: nobody's work may hang on what Redis keeps. Close it."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=2)
