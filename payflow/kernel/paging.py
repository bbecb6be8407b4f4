"""Pages of a list, newest first. Every page costs the same, however far back it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

PAGE_SIZE = 20
MAX_PAGE_SIZE = 100


class Numbered(Protocol):
    """A row with a number. Numbers rise with time and are never reused."""

    number: Any


T = TypeVar("T", bound=Numbered)


@dataclass(frozen=True)
class Page(Generic[T]):
    """Rows, newest first, and the cursors of the next and the previous page, if there are any."""

    rows: list[T]
    after: int | None
    before: int | None


@dataclass(frozen=True)
class Cursor:
    """Which page: up to `limit` rows with numbers below `after`, or with numbers above `before`."""

    limit: int = PAGE_SIZE
    after: int | None = None
    before: int | None = None

    def make_page(self, found: list[T]) -> Page[T]:
        """The page made of the rows found. Give it limit + 1 rows if there are as many.

        The extra row is not in the page. It shows that there are more.
        """
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
