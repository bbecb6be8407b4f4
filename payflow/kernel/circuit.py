"""A circuit breaker per vendor: if calls keep failing, new ones are refused for a while.

    closed ── CIRCUIT_FAILURES in a row, or trip() ──► open ── CIRCUIT_OPEN_S later ──► one probe
       ▲                                                 ▲                                │
       └──────────────── record_success() ───────────────┴─────── record_failure() ◄──────┘

Its state is in Redis, shared by all processes; without Redis the circuit is closed. Why this is
not a library: docs/decisions/0012-own-circuit.md.
"""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.core.cache import cache

from payflow.kernel.errors import VendorUnavailable
from payflow.kernel.redis_client import REDIS_AWAY, call_unless_away

logger = logging.getLogger(__name__)

# Failures with a longer pause between them are not "in a row".
_MEMORY_S = 300
# How long one probe may take before another caller may try.
_PROBE_S = 60
_TRIPPED_S = 3600


class Circuit:
    """The circuit of a vendor, or of one part of what it does for us: `transfers`.

    Every key expires, so no crash leaves the circuit open for ever.
    """

    def __init__(self, vendor: str, part: str = "") -> None:
        self.vendor = vendor
        self.name = f"{vendor}:{part}" if part else vendor
        self._failures = f"circuit:{self.name}:failures"
        self._open = f"circuit:{self.name}:open"
        self._tripped = f"circuit:{self.name}:tripped"
        self._probe = f"circuit:{self.name}:probe"

    def check(self) -> None:
        """Call this before anything is promised to a customer. Raises: VendorUnavailable.

        After the pause one caller at a time may pass, until a call succeeds.
        """
        if not call_unless_away(self._may_pass, otherwise=True, doing=f"checking on {self.name}"):
            raise VendorUnavailable(vendor=self.vendor)

    def record_success(self) -> None:
        """The vendor answered as it should: close the circuit."""
        keys = [self._failures, self._open, self._tripped, self._probe]
        self._change(cache.delete_many, keys)

    def record_failure(self) -> None:
        """The vendor gave no answer, or one that makes no sense."""
        self._change(self._count)

    def trip(self, reason: str) -> None:
        """Open now: the vendor refuses every request of ours."""
        logger.error("the circuit of %s opens: %s", self.name, reason)
        self._change(self._trip)

    def _may_pass(self) -> bool:
        state = cache.get_many([self._open, self._tripped])
        if not state:
            return True
        # A caller that comes during the pause must not take the place of the probe after it.
        return self._open not in state and bool(cache.add(self._probe, 1, _PROBE_S))

    def _count(self) -> None:
        cache.add(self._failures, 0, _MEMORY_S)
        failures = cache.incr(self._failures)
        if cache.get(self._tripped):
            self._trip()
        elif failures >= settings.CIRCUIT_FAILURES:
            logger.error("the circuit of %s opens: %d failures in a row", self.name, failures)
            self._trip()

    def _trip(self) -> None:
        cache.set(self._tripped, 1, timeout=_TRIPPED_S)
        cache.set(self._open, 1, timeout=settings.CIRCUIT_OPEN_S)
        cache.delete(self._probe)

    def _change(self, change: Any, *args: Any) -> None:
        try:
            change(*args)
        except (*REDIS_AWAY, ValueError) as exc:  # ValueError: the count has just expired
            logger.warning("the circuit of %s keeps its state: %s", self.vendor, exc)
