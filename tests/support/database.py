"""The database of a running stack, read without any code of the product."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pymongo
from pymongo.database import Database

from dev.stack.stack import Stack

Json = dict[str, Any]


@contextmanager
def open_database(stack: Stack) -> Iterator[Database[Json]]:
    """Times that are read have the zone UTC."""
    with pymongo.MongoClient[Json](stack.addresses.mongo_uri, tz_aware=True) as client:
        yield client[stack.addresses.database]


def find_entries(stack: Stack, reference: str) -> list[tuple[str, str, int]]:
    """(debit account, credit account, kobo) of each entry of the transaction, in their order."""
    with open_database(stack) as database:
        rows = database["ledger_entries"].find({"transaction": reference}).sort("seq")
        return [(row["debit_account"], row["credit_account"], row["amount"]) for row in rows]
