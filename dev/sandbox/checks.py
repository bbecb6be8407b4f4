"""Checks of values in control calls. Each raises Refusal 400, which names the allowed values."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar
from urllib.parse import urlsplit

from dev.sandbox.wire import Refusal

T = TypeVar("T")


def check_choice(name: str, value: object, allowed: Sequence[T]) -> T:
    """Raises: Refusal 400, listing the allowed values."""
    for each in allowed:
        if type(each) is type(value) and each == value:
            return each
    listed = ", ".join(str(each) for each in allowed)
    raise Refusal(400, f"{name} {value!r} is unknown; allowed: {listed}")


def check_whole_number(name: str, value: object, *, least: int = 0, most: int = 1_000) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise Refusal(400, f"{name} must be a whole number from {least} to {most}")
    return value


def check_seconds(name: str, value: object, *, most: int = 86_400) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise Refusal(400, f"{name} must be a number of seconds")
    if not 0 <= value <= most:
        raise Refusal(400, f"{name} must be from 0 to {most} seconds")
    return float(value)


def check_flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise Refusal(400, f"{name} must be true or false")
    return value


def check_text(name: str, value: object, *, most: int = 2_000) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise Refusal(400, f"{name} must be a text of at most {most} characters")
    return value


def check_web_address(name: str, value: object) -> str:
    """Raises: Refusal 400, unless value is an absolute http or https address."""
    address = check_text(name, value)
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        raise Refusal(400, f"{name} must be an http or https address")
    return address
