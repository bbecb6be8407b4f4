"""How an order that comes again is recognised: by the client's key, or by looking the same.

A request that is repeated with its key gets the same answer. The key is stored on the document
that its request wrote, with a hash of that request, in the same atomic block. There is no second
record that could disagree with the first after a crash.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from payflow.kernel.errors import (
    IdempotencyConflict,
    IdempotencyKeyInvalid,
    IdempotencyKeyRequired,
)

HEADER = "Idempotency-Key"
# The field by which a client says that a second order like the first is meant.
CONFIRM = "confirm_duplicate"
_KEY = re.compile(r"[\x21-\x7e]{1,128}")


@dataclass(frozen=True)
class OrderIdentity:
    """The client's key, if any, a hash of the body, and whether a second order is meant."""

    key: str | None
    fingerprint: str
    is_confirmed: bool = False

    def check_same_request(self, fingerprint: str) -> None:
        """Raises: IdempotencyConflict, if the first request with this key had a different body."""
        if fingerprint != self.fingerprint:
            raise IdempotencyConflict(key=self.key)


def identify_order(
    header: str | None, body: dict[str, Any], *, requires_key: bool
) -> OrderIdentity:
    """The identity of the order in this validated body; `confirm_duplicate` is taken out of it.

    `header` is the client's key, None if it sent none. Raises: IdempotencyKeyInvalid,
    IdempotencyKeyRequired.
    """
    if header is None and requires_key:
        raise IdempotencyKeyRequired()
    if header is not None and not _KEY.fullmatch(header):
        raise IdempotencyKeyInvalid()
    is_confirmed = bool(body.pop(CONFIRM, False))
    return OrderIdentity(header, _fingerprint(body), is_confirmed)


def _fingerprint(body: Mapping[str, Any]) -> str:
    """A hash of the body. Fields without a value count as absent.

    The body is validated already, so "1500" and "1500.00" give the same hash.
    """
    given = {name: value for name, value in body.items() if value not in ("", None)}
    canonical = json.dumps(given, sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
