"""X-Request-ID: one id for a request in the client's log, in ours and in the tasks it publishes."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from payflow.kernel.failpoints import failpoint
from payflow.kernel.logs import request_id

HEADER = "X-Request-ID"
# The client's id is returned and logged, so it may not contain what could forge a log line.
_SAFE = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestIdMiddleware:
    """Uses the client's id if it is safe, or a new one, and returns it with every answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        token = request_id.set(given if _SAFE.fullmatch(given) else uuid.uuid4().hex)
        try:
            response = self._get_response(request)
            response.headers[HEADER] = request_id.get()
            failpoint("before-answer", request.path)
            return response
        finally:
            request_id.reset(token)
