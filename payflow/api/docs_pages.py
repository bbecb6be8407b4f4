"""The pages that show the API's description. Scripts and styles come from our own server only."""

from __future__ import annotations

from typing import Any

from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response

# Both programs draw their icons from data in their styles.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'{styles}; img-src 'self' data:; "
    "connect-src 'self'; worker-src {workers}; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


class SwaggerPage(SpectacularSwaggerSplitView):
    """Swagger UI. Its start script is an answer of its own, so no page has an inline script."""

    schema = None  # the description does not describe its own pages
    template_name = "payflow/swagger.html"

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        answer = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]
        return _with_policy(answer, styles="", workers="'none'")


class RedocPage(SpectacularRedocView):
    """ReDoc. It writes its styles into the page, and searches in a worker that it makes itself."""

    schema = None
    template_name = "payflow/redoc.html"

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        answer = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]
        return _with_policy(answer, styles=" 'unsafe-inline'", workers="blob:")


def _with_policy(answer: Response, **allowed: str) -> Response:
    answer.headers["Content-Security-Policy"] = _POLICY.format(**allowed)
    return answer
