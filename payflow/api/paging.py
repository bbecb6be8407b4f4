"""Pages over HTTP: their query parameters and their JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from rest_framework import serializers
from rest_framework.request import Request

from payflow.kernel.paging import MAX_PAGE_SIZE, PAGE_SIZE, Cursor, Page, T


class PageIn(serializers.Serializer[Any]):
    """The query parameters of every list. Clients use the links `next` and `previous`."""

    limit = serializers.IntegerField(min_value=1, max_value=MAX_PAGE_SIZE, default=PAGE_SIZE)
    after = serializers.IntegerField(min_value=1, max_value=2**53, required=False)
    before = serializers.IntegerField(min_value=0, max_value=2**53, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "after" in attrs and "before" in attrs:
            raise serializers.ValidationError("Give either after or before.")
        return attrs


def split_cursor(query: dict[str, Any]) -> tuple[Cursor, dict[str, Any]]:
    """Split a validated query into its cursor and its filters."""
    names = ("limit", "after", "before")
    cursor = Cursor(**{name: query[name] for name in names if name in query})
    return cursor, {name: value for name, value in query.items() if name not in names}


def render_page(page: Page[T], request: Request, serializer: Callable[..., Any]) -> dict[str, Any]:
    """The page as JSON: `{"results", "next", "previous"}`."""
    return {
        "results": serializer(page.rows, many=True).data,
        "next": _page_url(request, "after", page.after),
        "previous": _page_url(request, "before", page.before),
    }


def _page_url(request: Request, name: str, cursor: int | None) -> str | None:
    if cursor is None:
        return None
    kept = {k: v for k, v in request.query_params.items() if k not in ("after", "before")}
    query = urlencode({**kept, name: str(cursor)})
    # Not from the request's Host header, which a client may forge.
    path = request.path_info.removeprefix("/api/v1")
    return f"{settings.APP_ADDRESS}{path}?{query}"
