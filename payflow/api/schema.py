"""The OpenAPI description of the API: every operation with every answer that it can give.

What all operations of a kind can answer (no token, a body that cannot be read, a rate limit)
follows from the view. Each view says by raises() which of our own errors come on top.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal, TypeVar

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated

from payflow.api.bodies import AnyBody
from payflow.api.errors import FRAMEWORK_ERRORS, HTTP_STATUSES, error_body
from payflow.api.throttles import RateThrottle
from payflow.kernel.errors import LimitsUnavailable, PayflowError

Direction = Literal["request", "response"]
F = TypeVar("F", bound=Callable[..., Any])
_JSON = "application/json"
_SECONDS = {"type": "integer", "minimum": 0}
_HEADERS = {
    "X-Request-ID": ("quote it when you ask for help", {"type": "string"}),
    "Retry-After": ("when to try again, in seconds", _SECONDS),
    "RateLimit-Limit": ("how many requests the limit allows in its period", _SECONDS),
    "RateLimit-Remaining": ("how many of them are left", _SECONDS),
    "RateLimit-Reset": ("when the period ends, in seconds", _SECONDS),
}
# A change of something that cannot be changed must not look as if it had worked.
_CLOSED = ("PatchedMeInRequest",)
_MEANINGS = {
    400: "The request is malformed.",
    401: "The token or the password is missing or not valid.",
    403: "This is not allowed.",
    404: "There is no such thing.",
    409: "The request contradicts what is there.",
    411: "The body has no length.",
    413: "The body is too large.",
    415: "The body has another content type.",
    422: "The request is well-formed but cannot be done.",
    423: "The wallet is locked.",
    429: "A rate limit is used up.",
    502: "The vendor refused.",
    503: "Not available just now.",
}


def raises(*errors: type[PayflowError]) -> Callable[[F], F]:
    """Says which of our errors a method of a view can answer."""

    def mark(method: F) -> F:
        method.raises = errors  # type: ignore[attr-defined]
        return method

    return mark


class ErrorDetail(serializers.Serializer[Any]):
    """What went wrong."""

    code = serializers.ChoiceField(
        choices=sorted({*HTTP_STATUSES, *FRAMEWORK_ERRORS}),
        help_text="stable: codes are added, never renamed",
    )
    message = serializers.CharField(help_text="a sentence for a person")
    details = serializers.JSONField(help_text="more about this error, by its code")
    request_id = serializers.CharField()


class Error(serializers.Serializer[Any]):
    """The body of every answer that is no success."""

    error = ErrorDetail()


class ApiSchema(AutoSchema):
    """Describes one operation."""

    def map_parsers(self) -> list[Any]:
        """Bodies are described as JSON. Forms are read too, but are not for new clients."""
        parsers: list[Any] = super().map_parsers()  # type: ignore[no-untyped-call]
        return [_JSON] if _JSON in parsers else parsers

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)  # type: ignore[no-untyped-call]
        for status, codes in sorted(self._codes_by_status().items()):
            if str(status) in bodies:
                continue  # the view has an answer of its own, such as the state of each part
            described = OpenApiResponse(
                Error, _MEANINGS[status], [_example(code) for code in sorted(codes)]
            )
            bodies[str(status)] = self._get_response_for_code(  # type: ignore[no-untyped-call]
                described, str(status), [_JSON], direction
            )
        return bodies

    def _get_response_headers_for_code(
        self, status_code: str, direction: Direction = "response"
    ) -> dict[str, Any]:
        names = ["X-Request-ID"]
        if status_code in ("429", "503"):
            names.append("Retry-After")
        if self._limits():
            names += [name for name in _HEADERS if name.startswith("RateLimit-")]
        return {
            **super()._get_response_headers_for_code(status_code, direction),  # type: ignore[no-untyped-call]
            **{
                name: {"description": _HEADERS[name][0], "schema": _HEADERS[name][1]}
                for name in names
            },
        }

    def _codes_by_status(self) -> dict[int, set[str]]:
        found: dict[int, set[str]] = {}
        for code in self._codes():
            status = HTTP_STATUSES.get(code) or FRAMEWORK_ERRORS[code][0]
            found.setdefault(status, set()).add(code)
        return found

    def _codes(self) -> Iterator[str]:
        """The code of every error that this operation can answer."""
        method = getattr(self.view, self.method.lower())
        yield from (error.code for error in getattr(method, "raises", ()))
        yield "database_unavailable"
        if any(isinstance(each, IsAuthenticated) for each in self.view.get_permissions()):
            yield from ("not_authenticated", "token_invalid", "token_expired")
        if self._takes_body():
            yield from ("length_required", "body_too_large")
        if self._reads_body():
            yield from ("validation_error", "malformed_body", "unsupported_media_type")
        elif self._has_parameters():
            yield "validation_error"
        if "{" in self.path:
            yield "not_found"
        for limit in self._limits():
            yield "rate_limited"
            if not limit.open_without_redis:
                yield LimitsUnavailable.code

    def _takes_body(self) -> bool:
        if self.method not in ("POST", "PUT", "PATCH"):
            return False
        return self.get_request_serializer() is not None  # type: ignore[no-untyped-call]

    def _reads_body(self) -> bool:
        """A webhook is taken whatever its body is."""
        takes_any = any(isinstance(each, AnyBody) for each in self.view.get_parsers())
        return self._takes_body() and not takes_any

    def _has_parameters(self) -> bool:
        return any(each["in"] == "query" for each in self._get_parameters())  # type: ignore[no-untyped-call]

    def _limits(self) -> list[RateThrottle]:
        return [each for each in self.view.get_throttles() if isinstance(each, RateThrottle)]


def close_objects(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Say which bodies refuse a field that is not described."""
    for name in _CLOSED:
        result["components"]["schemas"][name]["additionalProperties"] = False
    return result


def keep_api_paths(endpoints: list[tuple[str, Any, str, Any]]) -> list[tuple[str, Any, str, Any]]:
    """Drop the health paths at the root, which the API serves as well."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/")]


def _example(code: str) -> OpenApiExample:
    body = error_body(code, _message(code))
    body["error"]["request_id"] = "36203eeadf654d9889eb6491866f5dc0"
    return OpenApiExample(code, value=body)


def _message(code: str) -> str:
    if code in FRAMEWORK_ERRORS:
        return FRAMEWORK_ERRORS[code][1]
    return next(
        each.default_message
        for each in _all_errors(PayflowError)
        if getattr(each, "code", "") == code
    )


def _all_errors(base: type[PayflowError]) -> Iterator[type[PayflowError]]:
    for each in base.__subclasses__():
        yield each
        yield from _all_errors(each)
