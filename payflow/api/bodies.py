"""Validating a request's body or query parameters with a serializer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from payflow.api.errors import BodyTooLarge


def parse_body(kind: type[Any], request: Request) -> dict[str, Any]:
    """The validated body of the request. Raises: ValidationError."""
    serializer = kind(data=request.data)
    if str(request.content_type).startswith("application/json"):
        _check_json_types(serializer, request.data)
    return _validate(serializer)


def parse_query(kind: type[Any], request: Request) -> dict[str, Any]:
    """The validated query parameters. Raises: ValidationError."""
    return _validate(kind(data=request.query_params.dict()))


# DRF reads a text from a number, and a truth value from a text. Forms need that; JSON has types.
_JSON_TYPES: tuple[tuple[type[serializers.Field[Any, Any, Any, Any]], type, str], ...] = (
    (serializers.BooleanField, bool, "Must be true or false."),
    (serializers.IntegerField, int, "Must be a whole number."),
    (serializers.DecimalField, str, 'Write an amount in naira as text, such as "1500.00".'),
    (serializers.CharField, str, "Must be a text."),
)


def _check_json_types(serializer: Any, body: Any) -> None:
    """Raises: ValidationError."""
    if not isinstance(body, Mapping):
        return  # the serializer says so itself
    wrong = {
        name: [sentence]
        for name, field in serializer.fields.items()
        for kind, wanted, sentence in _JSON_TYPES
        if isinstance(field, kind) and body.get(name) is not None
        # In Python, but not in JSON, true is a whole number.
        if type(body[name]) is not wanted
    }
    if wrong:
        raise serializers.ValidationError(wrong)


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
