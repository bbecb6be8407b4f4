"""Locks that keep several processes from doing the same work at the same time."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from redis.exceptions import LockError
from redis.lock import Lock

from payflow.kernel.redis_client import REDIS_AWAY, client

logger = logging.getLogger(__name__)


@contextmanager
def single_flight(name: str, *, for_s: float) -> Iterator[bool]:
    """Yields False if another process holds the lock. Best effort.

    The lock expires after `for_s`, in case its holder dies or is slow. Without Redis the work is
    done without a lock. So the work must be safe to do twice. If its result replaces an earlier
    one, the write needs its own guard, for example the time at which the work began.
    """
    lock = client().lock(f"payflow:alone:{name}", timeout=for_s)
    try:
        taken = bool(lock.acquire(blocking=False))
    except REDIS_AWAY as exc:
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
    except (LockError, *REDIS_AWAY):
        logger.warning("the lock of %s expired before its work was done", name)
