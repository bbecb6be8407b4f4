"""How often something may happen: `20/min`, as settings write it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

_PERIODS = {"s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60}
_PERIODS |= {"h": 3600, "hour": 3600, "d": 86_400, "day": 86_400}
_TEXT = re.compile(r"([1-9][0-9]{0,8})/([a-z]+)")


@dataclass(frozen=True)
class Rate:
    """At most `count` times in `period_s` seconds."""

    count: int
    period_s: int


@cache
def parse_rate(text: str) -> Rate:
    """Read `<number>/<period>`. Raises: ValueError, with a sentence."""
    found = _TEXT.fullmatch(text)
    if found is None or found[2] not in _PERIODS:
        raise ValueError("Not a rate, such as 20/min. The period is sec, min, hour or day.")
    return Rate(count=int(found[1]), period_s=_PERIODS[found[2]])
