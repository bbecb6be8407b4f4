"""Waiting for what other processes do."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(check: Callable[[], T], *, within_s: float = 30.0) -> T:
    """The first truthy result of check. Until the deadline an exception counts as not yet."""
    deadline = time.monotonic() + within_s
    while True:
        try:
            if result := check():
                return result
            problem: BaseException | str = f"still {result!r}"
        except Exception as exc:
            problem = exc
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within_s:g} s: {problem}")
        time.sleep(0.05)
