"""What every call to Flutterwave shares: the connection, the envelope, naira."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from django.conf import settings

from payflow.kernel.errors import OutcomeUnknown, VendorRejected, VendorUnavailable
from payflow.kernel.vendor_http import VendorHttp

VENDOR = "flutterwave"


@cache
def http() -> VendorHttp:
    """This process's connections, which are kept."""
    return VendorHttp(
        vendor=VENDOR,
        base_url=settings.FLUTTERWAVE_BASE_URL,
        headers={"Authorization": f"Bearer {settings.FLUTTERWAVE_SECRET_KEY}"},
        connect_timeout_s=settings.VENDOR_CONNECT_TIMEOUT_S,
        read_timeout_s=settings.VENDOR_READ_TIMEOUT_S,
    )


def payload(answer: Mapping[str, Any]) -> Any:
    """The `data` of a successful answer. Raises: OutcomeUnknown when it is not one."""
    if answer.get("status") != "success" or "data" not in answer:
        raise OutcomeUnknown("The answer is not what was asked for.", vendor=VENDOR)
    return answer["data"]


def object_in(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same, where it must be an object."""
    data = payload(answer)
    if not isinstance(data, Mapping):
        raise OutcomeUnknown("The answer is not what was asked for.", vendor=VENDOR)
    return data


def rows_of(http: VendorHttp, path: str, first: date, last: date) -> Iterator[Mapping[str, Any]]:
    """Every row of a list between two days, both included, page by page.

    Raises: VendorUnavailable.
    """
    page, pages = 1, 1
    while page <= pages:
        asked = {"from": first.isoformat(), "to": last.isoformat(), "page": str(page)}
        try:
            answer = http.get(path, params=asked)
            yield from list_in(answer)
        except (VendorRejected, OutcomeUnknown) as exc:  # nothing moved by asking
            raise VendorUnavailable(**exc.details) from exc
        info = (answer.get("meta") or {}).get("page_info") or {}
        page, pages = page + 1, int(info.get("total_pages") or 1)


def time_in(row: Mapping[str, Any]) -> datetime | None:
    """When the vendor made this row; None where it cannot be read."""
    try:
        at = datetime.fromisoformat(str(row.get("created_at")))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def list_in(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The same, where it must be a list of objects."""
    data = payload(answer)
    if not isinstance(data, list) or not all(isinstance(row, Mapping) for row in data):
        raise OutcomeUnknown("The answer is not what was asked for.", vendor=VENDOR)
    return data
