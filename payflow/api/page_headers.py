"""What browsers may do with our answers: headers that every answer has, pages above all."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# For an answer that is no page, and a page that says nothing else: it loads nothing at all.
_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
# Django's own pages have no inline script and no inline style. Its styles have icons in them.
_ADMIN = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), "
    "payment=(), usb=()",
    # SecurityMiddleware sets these too, but not on answers that are made before it.
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


class PageHeadersMiddleware:
    """Adds the headers that a view did not set itself. A page sets its own policy in its view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        match = request.resolver_match
        policy = _ADMIN if match is not None and match.app_name == "admin" else _NOTHING
        for name, value in {"Content-Security-Policy": policy, **_HEADERS}.items():
            response.headers.setdefault(name, value)
        return response
