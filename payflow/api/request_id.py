"""X-Request-ID: one id from the client's log through ours to the task that the request caused."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from payflow.kernel.failpoints import failpoint
from payflow.kernel.logs import request_id

HEADER = "X-Request-ID"
# A caller's id is echoed and logged, so it may hold nothing that could forge a log line.
_SAFE = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestIdMiddleware:
    """Keeps the caller's id when it is safe, else makes one; answers with it always."""

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
