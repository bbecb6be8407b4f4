"""Cursor pages, newest first. A page costs the same at the start of a history and at its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

PAGE_SIZE = 20
MAX_PAGE_SIZE = 100


class Numbered(Protocol):
    """A row that knows its place: numbers rise with time and are never reused."""

    number: Any


T = TypeVar("T", bound=Numbered)


@dataclass(frozen=True)
class Page(Generic[T]):
    """Rows, newest first, and the cursors of the pages beside them, where there are any."""

    rows: list[T]
    after: int | None
    before: int | None


@dataclass(frozen=True)
class Cursor:
    """Which page: so many rows older than number `after`, or newer than `before`."""

    limit: int = PAGE_SIZE
    after: int | None = None
    before: int | None = None

    def make_page(self, found: list[T]) -> Page[T]:
        """The page of what was found: limit + 1 rows, to know whether there are more."""
        rows, more = found[: self.limit], len(found) > self.limit
        if self.before is not None:
            rows.reverse()
        older = more if self.before is None else True
        newer = self.after is not None if self.before is None else more
        return Page(
            rows,
            after=rows[-1].number if rows and older else None,
            before=rows[0].number if rows and newer else None,
        )
