"""Bodies that come in chunks, without a Content-Length.

Django and DRF read as many bytes as Content-Length says, so such a body was empty for them. nginx
sends a Content-Length always; a client that reaches gunicorn or Daphne directly may not.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import LimitedStream
from django.http import HttpRequest, HttpResponse

from payflow.api.errors import answer


class ChunkedBodyMiddleware:
    """Reads a chunked body up to the limit of all bodies, and gives it its length."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        coding = request.META.get("HTTP_TRANSFER_ENCODING", "").lower()
        if "chunked" in coding and not request.META.get("CONTENT_LENGTH"):
            if "wsgi.input" in request.META and not request.META.get("wsgi.input_terminated"):
                return answer("length_required")
            # One byte more than the limit: then reading the body refuses it as too large.
            body = _read(request, settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
            request.META["CONTENT_LENGTH"] = str(len(body))
            request._stream = LimitedStream(BytesIO(body), len(body))
        return self._get_response(request)


def _read(request: Any, limit: int) -> bytes:
    """Up to this many bytes. A server may give fewer at a time than it was asked for."""
    stream = request.META.get("wsgi.input") or request._stream
    parts: list[bytes] = []
    while limit > 0 and (part := stream.read(limit)):
        parts.append(part)
        limit -= len(part)
    return b"".join(parts)
