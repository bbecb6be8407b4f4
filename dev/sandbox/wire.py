"""JSON in and out, and the exception that handlers raise to refuse a request."""

import json
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.Response]]
Json = dict[str, Any]
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class Refusal(Exception):
    """The request is refused with this status and message, and changed nothing."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def dumps(value: object) -> str:
    """Compact JSON. A Decimal is written as a number."""
    return json.dumps(value, default=_plain, ensure_ascii=False, separators=(",", ":"))


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"not JSON: {type(value).__name__}")


def loads(text: str | bytes) -> Any:
    """Parse JSON with exact numbers (Decimal, never float). Raises: ValueError."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    except RecursionError as exc:
        raise ValueError("nested too deeply") from exc


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


async def read_object(request: web.Request) -> Json:
    """The request's JSON object; without a body an empty object. Raises: Refusal 400."""
    raw = await request.read()
    if not raw.strip():
        return {}
    try:
        body = loads(raw)
    except ValueError as exc:
        raise Refusal(400, "The request body is not valid JSON") from exc
    if not isinstance(body, dict):
        raise Refusal(400, "The request body must be a JSON object")
    return body


async def read_object_or_form(request: web.Request) -> Json:
    """The request's JSON object, or the fields of its form, all of them texts.

    Raises: Refusal 400.
    """
    if request.content_type in FORMS:
        try:
            return dict(await request.post())
        except ValueError as exc:
            raise Refusal(400, "The request body is not a form") from exc
    return await read_object(request)


def answer(body: object, *, status: int = 200) -> web.Response:
    """A JSON response."""
    return web.json_response(body, status=status, dumps=dumps)
