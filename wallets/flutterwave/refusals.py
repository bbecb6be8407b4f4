"""What a refused POST of a transfer means: a final no, a fault of our account, or nothing certain.

A refusal that is not in these tables leaves the outcome unknown. Two integrators leave an
unexplained 400 open or ask again, because the transfer may have been accepted.
Source: tests/recorded/flutterwave/flw-transfer-create-unexplained-400.json and
docs/vendors/flutterwave.md, section 4, "Refusals".
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass

from payflow.kernel.errors import OutcomeUnknown, VendorAccountFault, VendorError, VendorRejected
from wallets.clients import Transfer
from wallets.flutterwave.wire import KEY_REFUSALS, VENDOR

logger = logging.getLogger(__name__)

# The HTTP statuses of a refusal whose text is read.
_READ_STATUSES = (400, 422)


@dataclass(frozen=True)
class Refusal:
    """Words in a refusal's text, and the evidence for what they mean."""

    words: re.Pattern[str]
    source: str


def _row(words: str, source: str) -> Refusal:
    return Refusal(re.compile(words, re.I), source)


_DOCS = "docs/vendors/flutterwave.md, section 4, "

# Refused before anything was done, for a reason in this very transfer.
FINAL = (
    _row(r"blacklisted account", _DOCS + "Synchronous errors: the vendor's own test account"),
    _row(r"\bis required\b", _DOCS + "Synchronous errors: validation"),
)

# Refused before anything was done, for a reason that every other transfer has as well.
OUR_ACCOUNT = (
    _row(r"whitelist", "tests/recorded/flutterwave/flw-transfer-create-whitelist-400.json"),
    _row(r"request cannot be processed", _DOCS + "Synchronous errors: address not on the list"),
    _row(r"contact the administrator", _DOCS + "Synchronous errors: account restricted"),
    _row(r"without approval", _DOCS + "Synchronous errors: account not live"),
    _row(r"insufficient\b.*\b(balance|funds?)", _DOCS + "Refusals: our balance, assumed"),
    _row(r"not (enabled|activated)", _DOCS + "Refusals: transfers not enabled, assumed"),
    _row(r"no permission|not permitted", _DOCS + "Refusals: no permission, assumed"),
)


def read_refusal(
    refusal: VendorRejected, *, failed: Transfer | None, plain_reason: Callable[[str], str]
) -> VendorError:
    """The error that a refused POST is. `failed` is the transfer in the answer, if it failed."""
    if failed is not None:
        text = failed.vendor_reason or refusal.message
        return _final(refusal, text, plain_reason(text), vendor_id=failed.vendor_id)
    status, text = refusal.details.get("http_status"), refusal.message
    if status in KEY_REFUSALS or (status in _READ_STATUSES and _is_in(OUR_ACCOUNT, text)):
        logger.error("Flutterwave refuses our account, so no transfer can be sent: %s", text)
        return VendorAccountFault(vendor_reason=text, **refusal.details)
    if status in _READ_STATUSES and _is_in(FINAL, text):
        return _final(refusal, text, plain_reason(text))
    # Also "already exists": an earlier POST under this reference may have been accepted.
    # Source: tests/recorded/flutterwave/flw-transfer-create-duplicate-400.json.
    return OutcomeUnknown(f"The refusal proves nothing: {text}"[:300], vendor=VENDOR)


def _final(refusal: VendorRejected, text: str, plain: str, **found: str) -> VendorRejected:
    return VendorRejected(text, plain=plain, **found, **refusal.details)


def _is_in(table: tuple[Refusal, ...], text: str) -> bool:
    return any(row.words.search(text) for row in table)
