"""A circuit per vendor: when calls keep failing, new ones are refused at once for a while.

    closed ── FAILURES in a row, or trip() ──► open ── OPEN_S later ──► one probe
       ▲                                         ▲                        │
       └────────────── success() ────────────────┴────── failure() ◄──────┘

Its state is in Redis, shared by every process; without Redis it is closed. Why this is not a
library: docs/decisions/0012-own-circuit.md.
"""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

from payflow.kernel.errors import VendorUnavailable

logger = logging.getLogger(__name__)

# Failures further apart than this are not "in a row".
_MEMORY_S = 300
# How long one probe may take before another caller may try.
_PROBE_S = 60


class Circuit:
    """One vendor's. Keys expire by themselves, so that no crash leaves it open for ever."""

    def __init__(self, vendor: str) -> None:
        self.vendor = vendor
        self._failures = f"circuit:{vendor}:failures"
        self._open = f"circuit:{vendor}:open"
        self._tripped = f"circuit:{vendor}:tripped"
        self._probe = f"circuit:{vendor}:probe"

    def check(self) -> None:
        """Called before anything is promised to a customer. Raises: VendorUnavailable.

        After the pause one caller at a time is let through, until one succeeds.
        """
        try:
            state = cache.get_many([self._open, self._tripped])
            if not state:
                return
            # Whoever comes before the pause is over must not take the probe's place.
            is_probe = self._open not in state and cache.add(self._probe, 1, _PROBE_S)
        except (RedisError, OSError):
            return
        if not is_probe:
            raise VendorUnavailable(vendor=self.vendor)

    def success(self) -> None:
        """The vendor answered as it should."""
        self._quietly(cache.delete_many, [self._failures, self._open, self._tripped, self._probe])

    def failure(self) -> None:
        """The vendor did not answer, or not sensibly."""
        self._quietly(self._count)

    def trip(self, reason: str) -> None:
        """Open at once: the vendor refuses whatever we ask, whoever asks."""
        logger.error("the circuit of %s opens: %s", self.vendor, reason)
        self._quietly(self._trip)

    def _count(self) -> None:
        cache.add(self._failures, 0, _MEMORY_S)
        failures = cache.incr(self._failures)
        if cache.get(self._tripped):
            self._trip()
        elif failures >= settings.CIRCUIT_FAILURES:
            logger.error("the circuit of %s opens: %d failures in a row", self.vendor, failures)
            self._trip()

    def _trip(self) -> None:
        cache.set(self._tripped, 1, timeout=3600)
        cache.set(self._open, 1, timeout=settings.CIRCUIT_OPEN_S)
        cache.delete(self._probe)

    def _quietly(self, change: Any, *args: Any) -> None:
        try:
            change(*args)
        except (RedisError, OSError, ValueError) as exc:  # ValueError: the counter expired
            logger.warning("the circuit of %s is not told: %s", self.vendor, exc)
