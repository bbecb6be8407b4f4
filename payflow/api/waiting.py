"""Marks what a web request does, because a customer waits for its answer."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from payflow.kernel.bulkhead import customer_waiting


class CustomerWaitsMiddleware:
    """Inside a request, calls of vendors are bounded, and look-ups are given up soon."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with customer_waiting():
            return self._get_response(request)
