"""Serializer fields: amounts are naira in JSON and kobo in the code."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers

from payflow.kernel.idempotency import HEADER
from payflow.kernel.money import to_kobo, to_naira_text

# The parameter of every POST that moves money.
IDEMPOTENCY_KEY = OpenApiParameter(
    HEADER,
    location=OpenApiParameter.HEADER,
    description="The same key with the same body gives the same answer; with another body, 409.",
)


class NairaIn(serializers.DecimalField):
    """An amount that a client sends: naira in, kobo out."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=14, decimal_places=2, **kwargs)

    def to_internal_value(self, data: Any) -> int:  # type: ignore[override]
        return to_kobo(super().to_internal_value(data))


@extend_schema_field({"type": "string", "format": "decimal", "example": "1500.00"})
class NairaOut(serializers.Field[int, Any, str, int]):
    """An amount that a client gets: kobo in, naira out, such as `"1500.00"`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)

    def to_representation(self, value: int) -> str:
        return to_naira_text(value)
