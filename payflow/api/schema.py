"""The API's own description."""

from __future__ import annotations

from typing import Any


def keep_api_paths(endpoints: list[tuple[str, Any, str, Any]]) -> list[tuple[str, Any, str, Any]]:
    """Without the paths that are served a second time at the root, for load balancers."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/")]
