"""VTpass's envelopes. Source: docs/vendors/vtpass.md, section 1, "Envelope"."""

from aiohttp import web

from dev.sandbox.vtpass.codes import description
from dev.sandbox.wire import Json, answer


def catalogue(content: object) -> web.Response:
    """What the GETs of the catalogue answer: no `code`."""
    return answer({"response_description": "000", "content": content})


def refusal_body(code: str, message: str | None = None) -> Json:
    words = description(code) if message is None else message
    if code == "087":
        return {"code": code, "message": words}
    if code == "083":
        # An internal error does not describe itself.
        return {"code": code, "content": {"errors": []}}
    return {"code": code, "response_description": words, "content": {"errors": []}}


def refused(code: str, message: str | None = None, *, status: int = 200) -> web.Response:
    return answer(refusal_body(code, message), status=status)


def system_error() -> web.Response:
    return refused("083", status=500)


def bare_credentials() -> web.Response:
    """The other way to refuse keys: the whole body is one JSON text."""
    return answer("Invalid Credentials.", status=401)


def page(status: int, title: str) -> web.Response:
    """What stands before the API answers itself now and then."""
    return web.Response(
        text=f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>",
        status=status,
        content_type="text/html",
    )


def overlaid(body: Json, patch: Json) -> Json:
    """body with what patch says otherwise, objects into objects."""
    merged = dict(body)
    for name, value in patch.items():
        below = merged.get(name)
        merged[name] = (
            overlaid(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
        )
    return merged
