"""What a vendor said, kept in the cache: fresh for a while, and better stale than nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from redis.exceptions import RedisError

from payflow.kernel.errors import VendorError

logger = logging.getLogger(__name__)

_KEPT_FOR_S = 30 * 86_400


def cached_or_stale(
    key: str, ask: Callable[[], Any], *, fresh_for: timedelta, now: datetime
) -> Any:
    """What ask() returned at most fresh_for ago; what it once returned, while it fails.

    Only what JSON could hold is kept, for thirty days. Without the cache every call asks.
    Raises: VendorError, when ask() does and nothing is kept.
    """
    found = _get(key)
    if found and now - datetime.fromisoformat(found["at"]) < fresh_for:
        return found["value"]
    try:
        value = ask()
    except VendorError as exc:
        if not found:
            raise
        logger.warning("%s is served as of %s: %s", key, found["at"], exc)
        return found["value"]
    store(key, value, now=now)
    return value


def store(key: str, value: Any, *, now: datetime) -> None:
    """The value is what cached_or_stale() returns from now on."""
    try:
        cache.set(key, {"at": now.isoformat(), "value": value}, timeout=_KEPT_FOR_S)
    except (RedisError, OSError) as exc:
        logger.warning("%s is not kept: %s", key, exc)


def _get(key: str) -> Any:
    try:
        return cache.get(key)
    except (RedisError, OSError):
        return None
