"""Serializer fields: amounts are naira in JSON and kobo in the code."""

from __future__ import annotations

import re
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers

from payflow.kernel.idempotency import HEADER
from payflow.kernel.money import to_kobo, to_naira_text

_KEY_HELP = "The same key with the same body gives the same answer; with another body, 409."
# The parameter of a POST that takes money from a wallet, and of one that brings it money.
REQUIRED_KEY = OpenApiParameter(
    HEADER, location=OpenApiParameter.HEADER, description=_KEY_HELP, required=True
)
OPTIONAL_KEY = OpenApiParameter(HEADER, location=OpenApiParameter.HEADER, description=_KEY_HELP)


class OrderIn(serializers.Serializer[Any]):
    """The field that every POST which moves money has."""

    confirm_duplicate = serializers.BooleanField(
        default=False,
        help_text="true: the same order as a moment ago is meant, and is no double click",
    )


# How a client writes an amount. Other spellings of a number, such as 1e2 or 1_500, are refused.
NAIRA_PATTERN = r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,2})?$"
_NAIRA = re.compile(NAIRA_PATTERN.removesuffix("$") + r"\Z")


@extend_schema_field({"type": "string", "pattern": NAIRA_PATTERN, "examples": ["1500.00"]})
class NairaIn(serializers.DecimalField):
    """An amount that a client sends: naira in, kobo out."""

    default_error_messages = {
        "invalid": "Write an amount in naira with digits only, such as 1500 or 1500.50."
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=14, decimal_places=2, **kwargs)

    def to_internal_value(self, data: Any) -> int:  # type: ignore[override]
        if isinstance(data, str) and not _NAIRA.match(data.removeprefix("-")):
            self.fail("invalid")
        if isinstance(data, bool):
            self.fail("invalid")
        return to_kobo(super().to_internal_value(data))


@extend_schema_field({"type": "string", "format": "decimal", "example": "1500.00"})
class NairaOut(serializers.Field[int, Any, str, int]):
    """An amount that a client gets: kobo in, naira out, such as `"1500.00"`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)

    def to_representation(self, value: int) -> str:
        return to_naira_text(value)
