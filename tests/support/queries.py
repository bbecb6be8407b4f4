"""Notes what is asked of the database, and how the database would find it."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.collection import Collection


class Queries:
    """Every find, and the first $match of every aggregation, since it began or was cleared."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._seen: list[tuple[Collection[Any], Any]] = []
        seen, find, aggregate = self._seen, Collection.find, Collection.aggregate

        def noting_find(self: Any, *args: Any, **kwargs: Any) -> Any:
            seen.append((self, args[0] if args else kwargs.get("filter", {})))
            return find(self, *args, **kwargs)

        def noting_aggregate(self: Any, pipeline: Any, *args: Any, **kwargs: Any) -> Any:
            pipeline = list(pipeline)
            seen.append((self, pipeline[0].get("$match", {}) if pipeline else {}))
            return aggregate(self, pipeline, *args, **kwargs)

        monkeypatch.setattr(Collection, "find", noting_find)
        monkeypatch.setattr(Collection, "aggregate", noting_aggregate)

    def clear(self) -> None:
        self._seen.clear()

    @property
    def names(self) -> list[str]:
        """The collection of each query, in order."""
        return [collection.name for collection, _ in self._seen]

    @property
    def collections(self) -> set[str]:
        return set(self.names)

    def without_index(self) -> list[str]:
        """The queries that read a whole collection, each with its plan."""
        found = []
        for collection, wanted in list(self._seen):
            plan = str(collection.find(wanted).explain()["queryPlanner"]["winningPlan"])
            if "COLLSCAN" in plan:
                found.append(f"{collection.name} {wanted}: {plan}")
        return found
