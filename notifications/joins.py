"""How often one socket may join. Each join reads the database."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings

from payflow.kernel.errors import RateLimited
from payflow.kernel.rates import parse_rate


class JoinLimit:
    """Counts the joins of one socket, in its own process: Redis is not needed."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rate = parse_rate(settings.RATE_LIMITS["join"])
        self._ends_at = 0.0
        self._used = 0

    def take(self) -> None:
        """Count one join. Raises: RateLimited."""
        now = self._clock()
        if now >= self._ends_at:
            self._ends_at, self._used = now + self._rate.period_s, 0
        if self._used >= self._rate.count:
            raise RateLimited(retry_after_s=int(self._ends_at - now) + 1)
        self._used += 1
