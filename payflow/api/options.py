"""OPTIONS: which methods an address of the API has. It needs no token and runs no view."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve


class OptionsMiddleware:
    """Answers OPTIONS for the views of the API with 204 and `Allow`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        view = _find_view(request) if request.method == "OPTIONS" else None
        if view is None:
            return self._get_response(request)
        methods = [name.upper() for name in view.http_method_names if hasattr(view, name)]
        if "GET" in methods and "HEAD" not in methods:
            methods.append("HEAD")
        return HttpResponse(status=204, headers={"Allow": ", ".join(sorted(methods))})


def _find_view(request: HttpRequest) -> Any:
    """The class of the view; None for an address that has none, and for the admin's functions."""
    try:
        return getattr(resolve(request.path_info).func, "cls", None)
    except Resolver404:
        return None
