"""What every call to Flutterwave shares: the connection, the envelope, lists and times.

Source: docs/vendors/flutterwave.md, section 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, TypeVar

import requests
from django.conf import settings

from payflow.kernel.errors import OutcomeUnknown, VendorRejected, VendorUnavailable
from payflow.kernel.vendor_http import VendorHttp

VENDOR = "flutterwave"

Row = Mapping[str, Any]
T = TypeVar("T")


@cache
def http() -> VendorHttp:
    """This process's connections to the vendor."""
    return VendorHttp(
        vendor=VENDOR,
        base_url=settings.FLUTTERWAVE_BASE_URL,
        headers={"Authorization": f"Bearer {settings.FLUTTERWAVE_SECRET_KEY}"},
        connect_timeout_s=settings.VENDOR_CONNECT_TIMEOUT_S,
        read_timeout_s=settings.VENDOR_READ_TIMEOUT_S,
    )


def ask(http: VendorHttp, path: str, parse: Callable[[Row], T], **call: Any) -> T:
    """What parse() makes of the body of the answer to a question.

    A refusal (a wrong key, an outage) says nothing about the money. Raises: VendorUnavailable.
    """
    try:
        return http.read(path, _body_parser(http, parse), **call)
    except VendorRejected as exc:
        raise VendorUnavailable(**exc.details) from exc


def find(
    http: VendorHttp,
    path: str,
    parse: Callable[[Row], T],
    *,
    means_absent: Callable[[VendorRejected], bool],
    **call: Any,
) -> T | None:
    """Like ask(), but None if the vendor's refusal means that it knows no such object.

    Raises: VendorUnavailable.
    """
    try:
        return http.read(path, _body_parser(http, parse), **call)
    except VendorRejected as exc:
        if means_absent(exc):
            return None
        raise VendorUnavailable(**exc.details) from exc


def rows_of(
    http: VendorHttp, path: str, first: date, last: date, read_row: Callable[[Row], T]
) -> Iterator[T]:
    """Every row of a list from one day to another, both included, page by page.

    Raises: VendorUnavailable, also for a row that cannot be read.
    """
    page, pages = 1, 1
    while page <= pages:
        query = {"from": first.isoformat(), "to": last.isoformat(), "page": str(page)}
        rows, pages = ask(http, path, read_page, params=query)
        for row in rows:
            yield read_listed(row, read_row)
        page += 1


def read_page(body: Row) -> tuple[list[Row], int]:
    """The rows of one page of a list, and the number of pages."""
    info = (body.get("meta") or {}).get("page_info") or {}
    return list_in(body), int(info.get("total_pages") or 1)


def read_listed(row: Row, read_row: Callable[[Row], T]) -> T:
    """A row of a list that was read already. Raises: VendorUnavailable."""
    try:
        return read_row(row)
    except OutcomeUnknown as exc:  # listing moves no money
        raise VendorUnavailable(exc.message, **exc.details) from exc


def object_in(body: Row) -> Row:
    """The `data` of a successful answer, where it must be an object. Raises: OutcomeUnknown."""
    data = _data_in(body)
    if not isinstance(data, Mapping):
        raise _unexpected()
    return data


def list_in(body: Row) -> list[Row]:
    """The `data` of a successful answer, where it must be a list of objects.

    Raises: OutcomeUnknown.
    """
    data = _data_in(body)
    if not isinstance(data, list) or not all(isinstance(row, Mapping) for row in data):
        raise _unexpected()
    return data


def time_in(row: Row) -> datetime | None:
    """When the vendor made this row; None if its time cannot be read."""
    try:
        at = datetime.fromisoformat(str(row.get("created_at")))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _data_in(body: Row) -> Any:
    if body.get("status") != "success" or "data" not in body:
        raise _unexpected()
    return body["data"]


def _unexpected() -> OutcomeUnknown:
    return OutcomeUnknown("The answer has an unexpected shape.", vendor=VENDOR)


def _body_parser(http: VendorHttp, parse: Callable[[Row], T]) -> Callable[[requests.Response], T]:
    def read(response: requests.Response) -> T:
        body = http.answer_object(response)
        # Some questions are refused under HTTP status 200.
        # Source: tests/recorded/flutterwave/flw-verify-not-found-200.json.
        if body.get("status") == "error":
            raise VendorRejected(str(body.get("message") or "") or None, vendor=VENDOR)
        return parse(body)

    return read
