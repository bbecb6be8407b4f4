"""Fields that MongoEngine lacks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from mongoengine import DateTimeField


class UtcDateTimeField(DateTimeField):
    """A time in UTC that says so: the shared client returns times without a zone, as Django's
    backend wants them."""

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        if isinstance(value, datetime) and value.tzinfo is None:
            return value.replace(tzinfo=UTC)
        return value
