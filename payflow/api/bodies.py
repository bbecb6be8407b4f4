"""Validating a request's body or query parameters with a serializer."""

from __future__ import annotations

from typing import Any, cast

from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from payflow.api.errors import BodyTooLarge


def parse_body(kind: type[Any], request: Request) -> dict[str, Any]:
    """The validated body of the request. Raises: ValidationError."""
    return _validate(kind(data=request.data))


def parse_query(kind: type[Any], request: Request) -> dict[str, Any]:
    """The validated query parameters. Raises: ValidationError."""
    return _validate(kind(data=request.query_params.dict()))


def _validate(serializer: Any) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return cast(dict[str, Any], serializer.validated_data)


def read_small_body(request: Request, *, max_bytes: int) -> bytes:
    """The raw body. Raises: BodyTooLarge, before it is read."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > max_bytes:
        raise BodyTooLarge()
    return request._request.body


class AnyBody(BaseParser):
    """Accepts every content type and leaves the body unread: the inbox stores the raw bytes."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        return stream.read()
