"""Document fields that MongoEngine does not have."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from mongoengine import DateTimeField


class UtcDateTimeField(DateTimeField):
    """A time in UTC, with its zone.

    The client is shared with Django's backend and returns times without a zone.
    """

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        if isinstance(value, datetime) and value.tzinfo is None:
            return value.replace(tzinfo=UTC)
        return value
