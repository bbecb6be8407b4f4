"""One document, read or written past the queryset, where money is moved under contention.

A queryset copies itself several times on its way to one command, which costs about as much as
the command's own encoding; a bound session carries these commands just the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from mongoengine import Document

D = TypeVar("D", bound=Document)


def find_one(kind: type[D], query: Mapping[str, Any]) -> D | None:
    """The document, or None. Names in the query are the database's: `_id`, not `pk`."""
    found = kind._get_collection().find_one(query)
    return None if found is None else kind._from_son(found)


def update_one(kind: type[D], query: Mapping[str, Any], update: Mapping[str, Any]) -> bool:
    """Whether a document matched. Values are the database's: kobo, times, texts."""
    return bool(kind._get_collection().update_one(query, update).matched_count)


def insert(documents: list[D]) -> None:
    """Validated, and then written with one command; each has its id afterwards."""
    for document in documents:
        document.validate()
    rows = [document.to_mongo() for document in documents]
    type(documents[0])._get_collection().insert_many(rows)
    for document, row in zip(documents, rows, strict=True):
        document.pk = row["_id"]
