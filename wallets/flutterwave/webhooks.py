"""Flutterwave's webhooks: who sent one, what it claims, and what distinguishes two of them.

Source: docs/vendors/flutterwave.md, section 6.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from payflow.kernel.references import is_reference
from wallets.errors import EventUnreadable
from wallets.flutterwave.payouts import our_reference

# Ids are numbers today. They become part of a path, so nothing else may pass as one.
_IDENTIFIER = re.compile(r"(?!None|True|False)[A-Za-z0-9_-]{1,64}")

CHARGE = "charge"
TRANSFER = "transfer"
_OTHER = "other"


@dataclass(frozen=True)
class Notice:
    """What a webhook claims, as far as it can be read. Only a reason to ask the API."""

    kind: str  # charge, transfer, other
    vendor_id: str | None
    reference: str | None
    status: str


def is_authentic(given: str | None) -> bool:
    """True if a webhook carries our secret hash. It proves the sender, not the body.

    Source: docs/vendors/flutterwave.md, section 6, "Authentication, v3".
    """
    expected = settings.FLUTTERWAVE_WEBHOOK_HASH
    return bool(expected) and hmac.compare_digest((given or "").encode(), expected.encode())


def find_notice(kind: str, body: object) -> Notice | None:
    """The notice in a webhook's body, if it is of this kind and has a reference of ours.

    Raises: EventUnreadable.
    """
    if not isinstance(body, Mapping):
        raise EventUnreadable("The body is not a JSON object.")
    notice = read_notice(body)
    return notice if notice.kind == kind and is_reference(notice.reference) else None


def read_notice(body: Mapping[str, Any]) -> Notice:
    """Read any of the payload shapes that the vendor is known to send.

    Source: docs/vendors/flutterwave.md, section 6, "Parser rule".
    """
    data = body.get("data", body.get("transfer", body))
    data = data if isinstance(data, Mapping) else {}
    identifier = str(data.get("id"))
    reference = data.get("tx_ref") or data.get("txRef") or data.get("reference")
    return Notice(
        kind=_kind(body, data),
        vendor_id=identifier if _IDENTIFIER.fullmatch(identifier) else None,
        reference=our_reference(reference) if isinstance(reference, str) else None,
        status=str(data.get("status") or "").lower(),
    )


def dedupe_key(body: object) -> str | None:
    """Kind, id and status: events have no id of their own. None if the body names none of them."""
    if isinstance(body, Mapping):
        notice = read_notice(body)
        if notice.vendor_id and notice.kind != _OTHER:
            # Cut, so that no body can make a key too long for its index.
            return (key_prefix(notice.kind, notice.vendor_id) + notice.status)[:200]
    return None


def key_prefix(kind: str, vendor_id: str) -> str:
    """How the dedupe keys of all events about one payment or transfer begin."""
    return f"{kind}:{vendor_id}:"


def _kind(body: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    event = str(body.get("event") or "").lower()
    if event == "transfer.completed" or "transfer" in body:
        return TRANSFER
    if event == "charge.completed" or "txRef" in data:
        return CHARGE
    return _OTHER
