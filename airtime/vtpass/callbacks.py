"""VTpass's callbacks. They are unsigned, so each is only a reason to ask the API.

Source: docs/vendors/vtpass.md, section 7.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Hint:
    """What a callback claims to be about."""

    request_id: str | None = None  # of a purchase that may have ended
    service_id: str | None = None  # whose plans may have changed


def read_hint(body: object) -> Hint:
    """Read both kinds of callback. Some leave out `data` around their content."""
    if not isinstance(body, Mapping):
        return Hint()
    if body.get("type") == "variations-update":
        return Hint(service_id=_text(body.get("serviceID")))
    data: Any = body.get("data")
    inner = data if isinstance(data, Mapping) else body
    return Hint(request_id=_text(inner.get("requestId")))


def _text(value: object) -> str | None:
    """The vendor's ids are short and in ASCII. Everything else is no id."""
    is_id = isinstance(value, str) and 0 < len(value) <= 100 and value.isascii()
    return str(value) if is_id and str(value).isprintable() else None
