"""Counters in Redis that hold a limit exactly, for any number of simultaneous requests.

A period starts with the first use after the last period has ended. The check and the count are
one step, so of 40 simultaneous uses of a limit of 10 exactly 10 pass. A use that is refused is not
counted. While Redis is away, REDIS_AWAY passes through: the caller decides what that means.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from redis.commands.core import Script

from payflow.kernel.rates import Rate
from payflow.kernel.redis_client import client

_PREFIX = "payflow:limit:"

# A key without an expiry cannot be: both are set with one command.
_TAKE = """
local used = tonumber(redis.call('GET', KEYS[1]) or '0')
local left_ms = redis.call('PTTL', KEYS[1])
if left_ms <= 0 then
  redis.call('SET', KEYS[1], 1, 'PX', ARGV[2])
  return {1, 1, tonumber(ARGV[2])}
end
if used >= tonumber(ARGV[1]) then
  return {0, used, left_ms}
end
return {1, redis.call('INCR', KEYS[1]), left_ms}
"""

_GIVE_BACK = """
if tonumber(redis.call('GET', KEYS[1]) or '0') > 0 then
  redis.call('DECR', KEYS[1])
end
"""


@dataclass(frozen=True)
class Standing:
    """Where one limit stands after a use: `allowed` says whether this use passed."""

    allowed: bool
    limit: int
    remaining: int
    reset_s: int


def take(key: str, rate: Rate) -> Standing:
    """Count one use of the key if the rate has room for it. Raises: REDIS_AWAY."""
    script = _script(_TAKE)
    allowed, used, left_ms = script(
        keys=[_PREFIX + key], args=[rate.count, rate.period_s * 1000], client=client()
    )
    return Standing(
        allowed=bool(allowed),
        limit=rate.count,
        remaining=max(rate.count - used, 0),
        reset_s=math.ceil(left_ms / 1000),
    )


def give_back(key: str) -> None:
    """Undo one take() that passed: what it was taken for does not count. Raises: REDIS_AWAY."""
    _script(_GIVE_BACK)(keys=[_PREFIX + key], client=client())


@cache
def _script(text: str) -> Script:
    return client().register_script(text)
