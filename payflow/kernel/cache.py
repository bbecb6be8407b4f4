"""A vendor's answers in the cache: fresh for a while, and stale while the vendor is away."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache

from payflow.kernel.errors import VendorError
from payflow.kernel.redis_client import call_unless_away

logger = logging.getLogger(__name__)

_KEPT_FOR_S = 30 * 86_400


def cached_or_stale(
    key: str, ask: Callable[[], Any], *, fresh_for: timedelta, now: datetime
) -> Any:
    """What ask() returned at most `fresh_for` ago; an older answer if ask() fails.

    Answers are kept for thirty days and must be JSON values. Without Redis every call asks.
    Raises: VendorError, if ask() does and no answer is kept.
    """
    found = call_unless_away(lambda: cache.get(key), otherwise=None, doing=f"reading {key}")
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


def read_kept(key: str) -> Any:
    """The value that cached_or_stale() keeps, however old; None if there is none."""
    found = call_unless_away(lambda: cache.get(key), otherwise=None, doing=f"reading {key}")
    return found["value"] if found else None


def store(key: str, value: Any, *, now: datetime) -> None:
    """Store the value for cached_or_stale()."""
    answer = {"at": now.isoformat(), "value": value}
    call_unless_away(
        lambda: cache.set(key, answer, timeout=_KEPT_FOR_S), otherwise=None, doing=f"storing {key}"
    )
