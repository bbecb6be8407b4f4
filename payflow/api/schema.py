"""The OpenAPI description of the API."""

from __future__ import annotations

from typing import Any


def keep_api_paths(endpoints: list[tuple[str, Any, str, Any]]) -> list[tuple[str, Any, str, Any]]:
    """Drop the health paths at the root, which the API serves as well."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/")]
