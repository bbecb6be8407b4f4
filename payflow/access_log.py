"""Daphne's access log, without queries: a client may put a secret into a query."""

from __future__ import annotations

from typing import Any

from daphne import cli
from daphne.access import AccessLogGenerator


class AccessLogWithoutQueries(AccessLogGenerator):  # type: ignore[misc]
    def __call__(self, protocol: str, action: str, details: dict[str, Any]) -> None:
        path = str(details.get("path", "")).partition("?")[0]
        super().__call__(protocol, action, {**details, "path": path})


def use_access_log_without_queries() -> None:
    """Daphne's command has no option for it. It makes its log after it has loaded our program."""
    cli.AccessLogGenerator = AccessLogWithoutQueries
