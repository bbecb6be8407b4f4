"""What every call to VTpass shares: keys, time-outs, and the reading of an envelope.

Source: docs/vendors/vtpass.md, section 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import requests
from django.conf import settings

from payflow.kernel.errors import OutcomeUnknown, VendorUnavailable
from payflow.kernel.vendor_http import VendorHttp, json_object

VENDOR = "vtpass"


@cache
def http() -> VendorHttp:
    """This process's connections to the vendor."""
    return VendorHttp(
        vendor=VENDOR,
        base_url=settings.VTPASS_BASE_URL,
        headers={"api-key": settings.VTPASS_API_KEY},
        connect_timeout_s=settings.VENDOR_CONNECT_TIMEOUT_S,
        read_timeout_s=settings.VTPASS_READ_TIMEOUT_S,
        lookup_timeout_s=settings.VENDOR_LOOKUP_TIMEOUT_S,
        places=settings.VENDOR_CONCURRENCY,
    )


def read_content(path: str, **params: str) -> Any:
    """The content of an answer about the catalogue or the balance. Raises: VendorUnavailable."""
    keys = {"public-key": settings.VTPASS_PUBLIC_KEY}
    return http().read(path, _content_in, params=params, headers=keys)


def write_purchase(body: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a purchase, as an object with a `code`.

    Raises: VendorUnavailable (never sent), OutcomeUnknown.
    """
    return http().write("/pay", _coded_answer, json=body, headers=_secret_key())


def read_purchase(body: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a requery, which the vendor takes by POST. Raises: VendorUnavailable."""
    return http().read("/requery", _coded_answer, method="POST", json=body, headers=_secret_key())


def read_meter(body: Mapping[str, Any]) -> dict[str, Any]:
    """The answer about a meter, which the vendor takes by POST. Raises: VendorUnavailable."""
    headers = _secret_key()
    return http().read("/merchant-verify", _coded_answer, method="POST", json=body, headers=headers)


def _secret_key() -> dict[str, str]:
    return {"secret-key": settings.VTPASS_SECRET_KEY}


def _content_in(response: requests.Response) -> Any:
    body = json_object(response) if response.status_code == 200 else None
    content = None if body is None else body.get("content", body.get("contents"))
    if content is None:
        raise VendorUnavailable(vendor=VENDOR, http_status=response.status_code)
    return content


def _coded_answer(response: requests.Response) -> dict[str, Any]:
    """Wrong keys are answered with HTTP 401 or 403, whatever the body: that is code 087."""
    if response.status_code in (401, 403):
        return {"code": "087", "response_description": "INVALID CREDENTIALS"}
    answer = json_object(response)
    if answer is None or response.status_code != 200:
        where = {"vendor": VENDOR, "http_status": response.status_code}
        raise OutcomeUnknown("The answer could not be read.", **where)
    return answer
