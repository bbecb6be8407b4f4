"""What a request brought, as a serializer reads it."""

from __future__ import annotations

from typing import Any, cast

from rest_framework.parsers import BaseParser
from rest_framework.request import Request


def parsed(kind: type[Any], request: Request) -> dict[str, Any]:
    """The request's body. Raises: ValidationError."""
    return _validated(kind(data=request.data))


def parse_query(kind: type[Any], request: Request) -> dict[str, Any]:
    """The query parameters. Raises: ValidationError."""
    return _validated(kind(data=request.query_params.dict()))


def _validated(serializer: Any) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return cast(dict[str, Any], serializer.validated_data)


class AnyBody(BaseParser):
    """Whatever came, as it came: the inbox keeps it and the task makes sense of it."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        return stream.read()
