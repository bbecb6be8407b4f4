"""What every call to VTpass shares: keys, time-outs, and the reading of an envelope.

Source: docs/vendors/vtpass.md, section 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.conf import settings

from payflow.kernel.errors import OutcomeUnknown, VendorUnavailable
from payflow.kernel.vendor_http import VendorHttp, json_object

VENDOR = "vtpass"


@cache
def http() -> VendorHttp:
    """This process's connections, which are kept."""
    return VendorHttp(
        vendor=VENDOR,
        base_url=settings.VTPASS_BASE_URL,
        headers={"api-key": settings.VTPASS_API_KEY},
        connect_timeout_s=settings.VENDOR_CONNECT_TIMEOUT_S,
        read_timeout_s=settings.VTPASS_READ_TIMEOUT_S,
    )


def read(path: str, **params: str) -> Any:
    """The content of a catalogue's or the balance's answer. Raises: VendorUnavailable."""
    keys = {"public-key": settings.VTPASS_PUBLIC_KEY}
    try:
        response = http().send("GET", path, params=params, headers=keys)
    except OutcomeUnknown as exc:  # nothing moved by asking
        raise VendorUnavailable(**exc.details) from exc
    body = json_object(response) if response.status_code == 200 else None
    content = None if body is None else body.get("content", body.get("contents"))
    if content is None:
        raise VendorUnavailable(vendor=VENDOR, http_status=response.status_code)
    return content


def write(path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a purchase or to a requery, as an object with a `code`.

    Keys that are refused come as HTTP 401 or 403, whatever the body; they are told as 087.
    Raises: VendorUnavailable (never sent), OutcomeUnknown.
    """
    keys = {"secret-key": settings.VTPASS_SECRET_KEY}
    response = http().send("POST", path, json=body, headers=keys)
    if response.status_code in (401, 403):
        return {"code": "087", "response_description": "INVALID CREDENTIALS"}
    answer = json_object(response)
    if answer is None or response.status_code != 200:
        where = {"vendor": VENDOR, "http_status": response.status_code}
        raise OutcomeUnknown("The answer could not be read.", **where)
    return answer
