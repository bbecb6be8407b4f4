"""Flutterwave's envelopes, and its lists: filtered by day and cut into pages."""

import math
from collections.abc import Sequence
from datetime import date
from typing import TypeVar

from aiohttp import web

from dev.sandbox.wire import Json, Refusal, answer

T = TypeVar("T")
_PAGE_SIZE = 10


def reply_success(message: str, data: object, *, meta: Json | None = None) -> web.Response:
    """The call worked. Only `data` says what became of the money."""
    body: Json = {"status": "success", "message": message}
    if meta is not None:
        body["meta"] = meta
    return answer(body | {"data": data})


def reply_error(status: int, message: str, *, data: object = None) -> web.Response:
    return answer({"status": "error", "message": message, "data": data}, status=status)


def cut_page(request: web.Request, found: Sequence[T]) -> tuple[Sequence[T], Json]:
    """The rows of the requested page, and its `page_info`. Raises: Refusal 400."""
    text = request.query.get("page", "1")
    if not (text.isascii() and text.isdigit() and int(text[:9]) > 0):
        raise Refusal(400, "page must be a whole number from 1")
    page = int(text[:9])
    info = {
        "total": len(found),
        "current_page": page,
        "total_pages": math.ceil(len(found) / _PAGE_SIZE),
        "page_size": _PAGE_SIZE,
    }
    return found[(page - 1) * _PAGE_SIZE : page * _PAGE_SIZE], info


def is_in_days(request: web.Request, created_at: str) -> bool:
    """Whether a time lies in the days `from` to `to` of the query; both days are included.

    Raises: Refusal 400.
    """
    first, last = read_day(request, "from"), read_day(request, "to")
    return (first or "") <= created_at[:10] <= (last or "9999")


def parse_id(text: str) -> int | None:
    """The id in a path; None if it is not a number, or longer than any id."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def read_day(request: web.Request, name: str) -> str | None:
    """A day in the query, YYYY-MM-DD; None if it is absent. Raises: Refusal 400."""
    text = request.query.get(name)
    if text is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as exc:
        raise Refusal(400, f"{name} must be a date, YYYY-MM-DD") from exc
