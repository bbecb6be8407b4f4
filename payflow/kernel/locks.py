"""Work that one process at a time does, wherever it runs."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from redis.exceptions import LockError, RedisError
from redis.lock import Lock

from payflow.kernel import redis_client

logger = logging.getLogger(__name__)


@contextmanager
def single_flight(name: str, *, for_s: float) -> Iterator[bool]:
    """False where somebody else is at it. Saves work, and promises nothing.

    The lock ends by itself after for_s, should we die or be too slow, and without Redis the
    work is done all the same. So whatever is done under it is safe to do twice, and a result
    that replaces another carries a fence of its own, such as the time it was begun.
    """
    with redis_client.connect() as client:
        lock = client.lock(f"payflow:single_flight:{name}", timeout=for_s)
        try:
            taken = bool(lock.acquire(blocking=False))
        except (RedisError, OSError) as exc:
            logger.warning("%s runs without its lock: %s", name, exc)
            yield True
            return
        try:
            yield taken
        finally:
            if taken:
                _release(lock, name)


def _release(lock: Lock, name: str) -> None:
    try:
        lock.release()
    except (LockError, RedisError, OSError):
        logger.warning("the lock of %s was over before its work", name)
