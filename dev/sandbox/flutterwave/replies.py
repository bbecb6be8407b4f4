"""Flutterwave's envelopes."""

from aiohttp import web

from dev.sandbox.wire import Json, answer


def success(message: str, data: object, *, meta: Json | None = None) -> web.Response:
    """Says that the call worked; how the money stands is in the data."""
    body: Json = {"status": "success", "message": message}
    if meta is not None:
        body["meta"] = meta
    return answer(body | {"data": data})


def error(status: int, message: str) -> web.Response:
    return answer({"status": "error", "message": message, "data": None}, status=status)
