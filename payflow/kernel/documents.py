"""Reading and writing documents without a queryset, for the code that moves money.

A queryset copies itself several times before it sends one command. That costs about as much as
encoding the command. These functions avoid the copies, and also run inside an atomic block.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from mongoengine import Document
from pymongo.errors import DuplicateKeyError

D = TypeVar("D", bound=Document)


def find_one(kind: type[D], query: Mapping[str, Any]) -> D | None:
    """The document, or None. The query uses the stored field names: `_id`, not `pk`."""
    found = kind._get_collection().find_one(query)
    return None if found is None else kind._from_son(found)


def find_all(kind: type[D], query: Mapping[str, Any]) -> list[D]:
    """All documents that match: for queries that match a few."""
    return [kind._from_son(found) for found in kind._get_collection().find(query)]


def update_one(kind: type[D], query: Mapping[str, Any], update: Mapping[str, Any]) -> bool:
    """Update one document. True if one matched. The values are as they are stored: kobo, times."""
    try:
        return bool(kind._get_collection().update_one(query, update).matched_count)
    except DuplicateKeyError as exc:
        if not _could_collide(exc, update):
            exc._add_error_label("TransientTransactionError")
        raise


def _could_collide(exc: DuplicateKeyError, update: Mapping[str, Any]) -> bool:
    """False if the update sets no field of the index that it is said to violate.

    The embedded server reports some write conflicts of two atomic blocks like that; the block can
    run again.
    """
    indexed = set((exc.details or {}).get("keyPattern", ()))
    changed = {field for fields in update.values() for field in fields}
    return not indexed or bool(indexed & changed)


def insert(documents: list[D]) -> None:
    """Validate the documents, write them with one command, and set their ids."""
    for document in documents:
        document.validate()
    rows = [document.to_mongo() for document in documents]
    type(documents[0])._get_collection().insert_many(rows)
    for document, row in zip(documents, rows, strict=True):
        document.pk = row["_id"]
