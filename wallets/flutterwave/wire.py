"""What every call to Flutterwave shares: the connection, the envelope, lists, amounts and times.

Source: docs/vendors/flutterwave.md, section 1.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any, TypeVar

import requests
from django.conf import settings

from payflow.kernel.errors import (
    OutcomeUnknown,
    VendorAccountFault,
    VendorRejected,
    VendorUnavailable,
)
from payflow.kernel.money import KOBO_PER_NAIRA, NotExactKobo, to_kobo
from payflow.kernel.vendor_http import VendorHttp
from wallets.clients import UnreadableRow

logger = logging.getLogger(__name__)

VENDOR = "flutterwave"

Row = Mapping[str, Any]
T = TypeVar("T")

# 10^13 naira. A larger number is not an amount of money, and sums of such numbers would not fit
# the 64 bits that the database has for a number.
MAX_KOBO = 10**15
# By these HTTP statuses our keys are refused.
# Source: docs/vendors/flutterwave.md, section 1, and section 4, "Refusals".
KEY_REFUSALS = (401, 403)
# Of payments or transfers under one reference. More than one page has never been seen.
PAGES_OF_ONE_REFERENCE = 20
_MAX_ROW = 2000  # characters of a row that cannot be read


@cache
def http() -> VendorHttp:
    """This process's connections to the vendor."""
    return VendorHttp(
        vendor=VENDOR,
        base_url=settings.FLUTTERWAVE_BASE_URL,
        headers={"Authorization": f"Bearer {settings.FLUTTERWAVE_SECRET_KEY}"},
        connect_timeout_s=settings.VENDOR_CONNECT_TIMEOUT_S,
        read_timeout_s=settings.VENDOR_READ_TIMEOUT_S,
        lookup_timeout_s=settings.VENDOR_LOOKUP_TIMEOUT_S,
        places=settings.VENDOR_CONCURRENCY,
    )


class Client:
    """Part of the vendor's client: calls that belong together."""

    def __init__(self, http: VendorHttp) -> None:
        self._http = http

    def _post(self, path: str, read: Callable[[Row], T], body: Mapping[str, Any]) -> T:
        """What read() makes of the answer to one POST. It is never repeated here.

        Raises: VendorUnavailable (nothing was done), VendorAccountFault (our keys are refused),
        VendorRejected, OutcomeUnknown.
        """
        try:
            return self._http.write(
                path, lambda response: read(self._http.answer_object(response)), json=body
            )
        except VendorRejected as exc:
            if exc.details.get("http_status") in KEY_REFUSALS:
                raise _unanswered(exc) from exc
            raise


def ask(http: VendorHttp, path: str, parse: Callable[[Row], T], **call: Any) -> T:
    """What parse() makes of the body of the answer to a question.

    A refusal (a wrong key, an outage) says nothing about the money. Raises: VendorUnavailable.
    """
    try:
        return http.read(path, _body_parser(http, parse), **call)
    except VendorRejected as exc:
        raise _unanswered(exc) from exc


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
        raise _unanswered(exc) from exc


def rows_of(
    http: VendorHttp, path: str, first: date, last: date, read_row: Callable[[Row], T]
) -> Iterator[T | UnreadableRow]:
    """Every row of a list from one day to another, both included, page by page.

    Raises: VendorUnavailable.
    """
    days = {"from": first.isoformat(), "to": last.isoformat()}
    for row in raw_rows(http, path, days):
        yield read_or_report(row, read_row)


def raw_rows(
    http: VendorHttp, path: str, query: Mapping[str, str], *, most_pages: int | None = None
) -> Iterator[Any]:
    """Every row of every page of a list, as the vendor wrote it.

    Raises: VendorUnavailable, also if the list has more than `most_pages` pages: then the vendor
    does not filter it as it was asked to.
    """
    page, pages = 1, 1
    while page <= pages:
        if most_pages is not None and page > most_pages:
            raise VendorUnavailable("The list is too long.", vendor=VENDOR, path=path)
        rows, pages = ask(http, path, read_page, params={**query, "page": str(page)})
        yield from rows
        page += 1


def object_rows(
    http: VendorHttp, path: str, query: Mapping[str, str], **limit: int
) -> Iterator[Row]:
    """Like raw_rows(), for a decision: a row that is not an object leaves it open.

    Raises: VendorUnavailable.
    """
    for row in raw_rows(http, path, query, **limit):
        if not isinstance(row, Mapping):
            raise VendorUnavailable("A row is not an object.", vendor=VENDOR, path=path)
        yield row


def read_page(body: Row) -> tuple[list[Any], int]:
    """The rows of one page of a list, and the number of pages.

    Some lists keep both inside `data`.
    Source: docs/vendors/flutterwave.md, section 4b, "Wallet statement".
    Raises: OutcomeUnknown.
    """
    data = _data_in(body)
    holder, rows = (data, data.get("transactions")) if isinstance(data, Mapping) else (body, data)
    if not isinstance(rows, list):
        raise _unexpected()
    meta = holder.get("meta") or {}
    info = holder.get("page_info") or (meta.get("page_info") if isinstance(meta, Mapping) else None)
    try:
        return rows, int((info or {}).get("total_pages") or 1)
    except (AttributeError, TypeError, ValueError) as exc:
        raise _unexpected() from exc


def read_or_report(row: Any, read_row: Callable[[Row], T]) -> T | UnreadableRow:
    """A row of a list, or what is wrong with it: one bad row does not hide the others."""
    if not isinstance(row, Mapping):
        return UnreadableRow("", "The row is not an object.", _shorten(row))
    try:
        return read_row(row)
    except OutcomeUnknown as exc:
        logger.warning("a row %s cannot be read: %s", row.get("id"), exc.message)
        return UnreadableRow(str(row.get("id") or "")[:64], exc.message, _shorten(row))


def read_listed(row: Any, read_row: Callable[[Row], T]) -> T:
    """A row of a list that was read already. Raises: VendorUnavailable."""
    found = read_or_report(row, read_row)
    if isinstance(found, UnreadableRow):  # listing moves no money
        raise VendorUnavailable(found.problem, vendor=VENDOR)
    return found


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


def name_in(row: Row, *names: str) -> str:
    """The first of these names that the row has; the first of all if it has none."""
    return next((name for name in names if name in row), names[0])


def text_in(row: Row, name: str) -> str:
    """A text or a number that every such row has. Raises: OutcomeUnknown."""
    value = row.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        raise OutcomeUnknown(f"The field {name} cannot be read.", vendor=VENDOR)
    return str(value).strip()


def words_in(row: Row, name: str, *, most: int) -> str:
    """Words for people, cut to this length. Empty if there are none."""
    return str(row.get(name) or "")[:most]


def amount_in(row: Row, name: str) -> int:
    """An amount in naira, as kobo: exact, not negative, and one that the database can hold.

    Raises: OutcomeUnknown.
    """
    naira = _number_in(row, name)
    try:
        if naira is not None and naira >= 0:
            return to_kobo(naira)
    except NotExactKobo:
        pass
    raise OutcomeUnknown(f"The field {name} is not an amount.", vendor=VENDOR)


def fee_in(row: Row, name: str) -> int:
    """A fee in naira, rounded to kobo; the vendor writes three decimals. 0 if there is none."""
    kobo = rounded_kobo_in(row, name)
    return max(kobo, 0) if kobo is not None else 0


def rounded_kobo_in(row: Row, name: str) -> int | None:
    """A number of naira, rounded to kobo, also below 0. None if it is no number."""
    naira = _number_in(row, name)
    if naira is None:
        return None
    return int((naira * KOBO_PER_NAIRA).to_integral_value(ROUND_HALF_UP))


def balance_in(row: Row, name: str) -> int:
    """A balance in naira as kobo, rounded down, because it contains fees of three decimals.

    Raises: OutcomeUnknown.
    """
    naira = _number_in(row, name)
    if naira is None:
        raise OutcomeUnknown(f"The field {name} is not a balance.", vendor=VENDOR)
    return int((naira * KOBO_PER_NAIRA).to_integral_value(ROUND_FLOOR))


def time_in(row: Row, name: str = "created_at") -> datetime | None:
    """When the vendor made this row; None if its time cannot be read."""
    try:
        at = datetime.fromisoformat(str(row.get(name)))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _number_in(row: Row, name: str) -> Decimal | None:
    """A number, also one that is written as a text. None if it is none, or too large for money."""
    value = row.get(name)
    if not isinstance(value, str | int | float | Decimal):
        return None
    try:
        number = Decimal(str(value))
        is_money = number.is_finite() and abs(number) * KOBO_PER_NAIRA <= MAX_KOBO
    except ArithmeticError:
        return None
    return number if is_money else None


def _shorten(row: Any) -> str:
    """The row as JSON, without the card: its token is a credential that charges it.

    Source: docs/vendors/flutterwave.md, section 3, `card`.
    """
    shown = {k: v for k, v in row.items() if k != "card"} if isinstance(row, Mapping) else row
    return json.dumps(shown, default=str, ensure_ascii=False)[:_MAX_ROW]


def _unanswered(refusal: VendorRejected) -> VendorUnavailable:
    if refusal.details.get("http_status") in KEY_REFUSALS:
        return VendorAccountFault(vendor_reason=refusal.message, **refusal.details)
    return VendorUnavailable(**refusal.details)


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
