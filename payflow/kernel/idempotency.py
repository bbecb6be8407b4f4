"""Idempotency keys: a request that is repeated with its key gets the same answer.

A key is stored on the document that its request wrote, with a hash of that request, in the same
atomic block. There is no second record that could disagree with the first after a crash.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from payflow.kernel.errors import IdempotencyConflict, IdempotencyKeyInvalid

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,128}")


@dataclass(frozen=True)
class IdempotencyKey:
    """A key, and the hash of the body that it came with."""

    key: str
    fingerprint: str

    def check_same_request(self, fingerprint: str) -> None:
        """Raises: IdempotencyConflict, if the first request with this key had a different body."""
        if fingerprint != self.fingerprint:
            raise IdempotencyConflict(key=self.key)


def parse_key(header: str | None, body: Mapping[str, Any]) -> IdempotencyKey | None:
    """The key in the header with the hash of this body; None if the client sent no key.

    Raises: IdempotencyKeyInvalid.
    """
    if header is None:
        return None
    if not _KEY.fullmatch(header):
        raise IdempotencyKeyInvalid()
    # The body is validated already, so "1500" and "1500.00" give the same hash.
    canonical = json.dumps(body, sort_keys=True, default=str, separators=(",", ":"))
    return IdempotencyKey(header, hashlib.sha256(canonical.encode()).hexdigest())
