"""Cache-Control: no browser, proxy or app keeps our answers, unless a view says that it may."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class NoStoreMiddleware:
    """Adds `Cache-Control: no-store` to each answer that has no such header.

    Answers have tokens, balances and names. A new endpoint is covered without a thought. Static
    files and outcome pages set their own header.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response
