"""How often a socket may join."""

from __future__ import annotations

from typing import Any

import pytest

from notifications.joins import JoinLimit
from payflow.kernel.errors import RateLimited


def test_joins_beyond_the_limit_are_refused_until_the_period_ends(settings: Any) -> None:
    """The refusal says when to come back."""
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "join": "2/min"}
    now = [100.0]
    limit = JoinLimit(lambda: now[0])
    limit.take()
    limit.take()
    now[0] += 20

    with pytest.raises(RateLimited) as refusal:
        limit.take()

    assert refusal.value.retry_after_s == 41
    now[0] += 40
    limit.take()
