"""Flutterwave's webhooks: who sent one, what it claims, and what distinguishes two of them.

Source: docs/vendors/flutterwave.md, section 6.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings

from payflow.kernel.references import is_reference
from wallets.errors import EventUnreadable
from wallets.flutterwave.payouts import our_reference
from wallets.flutterwave.wire import rounded_kobo_in
from wallets.inbox.services import decode_body, parse_json

logger = logging.getLogger(__name__)

# Ids are numbers today. They become part of a path, so nothing else may pass as one.
_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,64}")
# A form's name for a field inside an object: data[id].
_NESTED = re.compile(r"([\w.]{1,64})\[([\w.]{1,64})\]")
_MAX_FIELDS = 200

CHARGE = "charge"
TRANSFER = "transfer"
REFUND = "refund"
CHARGEBACK = "chargeback"
_OTHER = "other"


@dataclass(frozen=True)
class Notice:
    """What a webhook claims, as far as it can be read. Only a reason to ask the API."""

    kind: str  # charge, transfer, refund, chargeback, other
    # The payment's or transfer's id. Of a refund or chargeback: the id of its payment.
    vendor_id: str | None
    reference: str | None
    status: str
    object_id: str | None = None  # of the refund or chargeback itself
    amount: str = ""  # in kobo, or as the webhook writes it if it is no amount


def is_authentic(*, verif_hash: str | None, signature: str | None, raw_body: bytes) -> bool:
    """True if a webhook carries our secret hash, or the body's signature with it.

    The hash proves the sender, and not the body.
    Source: docs/vendors/flutterwave.md, section 6, "Authentication".
    """
    secret = settings.FLUTTERWAVE_WEBHOOK_HASH.encode()
    if not secret:
        return False
    digest = hmac.new(secret, raw_body, hashlib.sha256).digest()
    proofs = {
        "verif-hash": _is_equal(verif_hash, secret),
        "flutterwave-signature": _is_equal(signature, base64.b64encode(digest)),
    }
    matching = [header for header, is_right in proofs.items() if is_right]
    if matching:
        logger.info("a webhook is authenticated by %s", " and ".join(matching))
    return bool(matching)


def parse_body(raw_body: bytes) -> object:
    """The value of a JSON body, or the object of a form's fields; None if it is neither.

    The vendor sends forms if JSON is not chosen in its dashboard.
    Source: docs/vendors/flutterwave.md, section 6, "Delivery".
    """
    body = parse_json(raw_body)
    return _parse_form(raw_body) if body is None else body


def find_notice(kind: str, body: object) -> Notice | None:
    """The notice in a webhook's body, if it is of this kind and has a reference of ours.

    Refunds and chargebacks have no reference: find_dispute() reads them.
    Raises: EventUnreadable.
    """
    notice = _read(body)
    return notice if notice.kind == kind and is_reference(notice.reference) else None


def find_charge(body: object) -> Notice | None:
    """The notice of a payment, also under a reference that is not ours: the money is.

    Raises: EventUnreadable.
    """
    notice = _read(body)
    is_named = notice.vendor_id is not None or is_reference(notice.reference)
    return notice if notice.kind == CHARGE and is_named else None


def find_dispute(kind: str, body: object) -> Notice | None:
    """The notice of a refund or a chargeback, if the body is one and names its payment or itself.

    Raises: EventUnreadable.
    """
    notice = _read(body)
    return notice if notice.kind == kind and (notice.vendor_id or notice.object_id) else None


def read_notice(body: Mapping[str, Any]) -> Notice:
    """Read any of the payload shapes that the vendor is known to send.

    Source: docs/vendors/flutterwave.md, section 6, "Legacy payloads" and "Refund".
    """
    data = body.get("data", body.get("transfer", body))
    data = data if isinstance(data, Mapping) else {}
    kind = _kind(body, data)
    is_dispute = kind in (REFUND, CHARGEBACK)
    reference = _text(data.get("tx_ref") or data.get("txRef") or data.get("reference"))
    return Notice(
        kind=kind,
        vendor_id=_identifier(data, *(_PAYMENT_IDS if is_dispute else ("id",))),
        reference=our_reference(reference) if reference else None,
        status=_text(data.get("status")).lower(),
        object_id=_identifier(data, "id") if is_dispute else None,
        amount=_amount(data),
    )


def dedupe_key(body: object) -> str | None:
    """Kind, ids, status and amount: events have no id of their own.

    None if the body does not name what it is about; then its bytes identify the event.
    """
    if not isinstance(body, Mapping):
        return None
    notice = read_notice(body)
    if not notice.vendor_id or notice.kind == _OTHER:
        return None
    parts = [notice.object_id, notice.status[:40], notice.amount]
    # Cut, so that no body can make a key too long for its index.
    return (key_prefix(notice.kind, notice.vendor_id) + ":".join(filter(None, parts)))[:200]


def key_prefix(kind: str, vendor_id: str) -> str:
    """How the dedupe keys of all events about one payment or transfer begin.

    Those of its refunds and chargebacks begin with their own kind and the payment's id.
    """
    return f"{kind}:{vendor_id}:"


_PAYMENT_IDS = ("TransactionId", "transaction_id", "tx_id", "transactionId")
_AMOUNTS = ("AmountRefunded", "amount_refunded", "amount")


def _read(body: object) -> Notice:
    if not isinstance(body, Mapping):
        raise EventUnreadable("The body is not a JSON object.")
    return read_notice(body)


def _kind(body: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    """The event's name decides, if there is one; older bodies are told apart by their fields."""
    event = _text(body.get("event")).lower()
    if event.startswith("refund."):
        return REFUND
    if event.startswith("chargeback."):
        return CHARGEBACK
    if event.startswith("transfer.") or "transfer" in body:
        return TRANSFER
    if event.startswith("charge.") or "txRef" in data:
        return CHARGE
    if not event and "AmountRefunded" in data and "TransactionId" in data:
        return REFUND
    return _OTHER


def _identifier(data: Mapping[str, Any], *names: str) -> str | None:
    """The first of these fields that can be an id."""
    texts = (_text(data.get(name)) for name in names)
    return next((text for text in texts if _IDENTIFIER.fullmatch(text)), None)


def _amount(data: Mapping[str, Any]) -> str:
    """The amount in one spelling, so that 100, 100.0 and "100.00" are one amount."""
    name = next((name for name in _AMOUNTS if data.get(name) not in (None, "")), None)
    if name is None:
        return ""
    kobo = rounded_kobo_in(data, name)
    return _text(data[name])[:40] if kobo is None else str(kobo)


def _text(value: object) -> str:
    """A text or a number as a text that can be stored; everything else is empty.

    JSON may contain half of a surrogate pair. MongoDB stores none.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).encode("utf-8", "replace").decode()


def _is_equal(given: str | None, expected: bytes) -> bool:
    return hmac.compare_digest((given or "").encode(), expected)


def _parse_form(raw_body: bytes) -> dict[str, Any] | None:
    """The fields of a form; data[id]=7 is the field id of the object data."""
    text = decode_body(raw_body)
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, strict_parsing=True, max_num_fields=_MAX_FIELDS
        )
    except ValueError:
        return None
    fields: dict[str, Any] = {}
    for name, value in pairs:
        nested = _NESTED.fullmatch(name)
        if nested is None:
            fields[name] = value
        elif isinstance(inner := fields.setdefault(nested[1], {}), dict):
            inner[nested[2]] = value
    return fields or None
