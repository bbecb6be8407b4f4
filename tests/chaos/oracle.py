"""An independent oracle: it replays the day in plain Python from the answers to the customers.

It is independent on purpose, of the product and of the tests' other checks (`invariants.py`,
`books.py`, `proof.py`): a fault that they share with the product is still found here. So it must
not import or reuse any of them.

Each call that was ok has exactly one effect, each refused call none, each unknown call none or
one. Every balance and every filtered list of the API follows from the effects.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import requests

from tests.chaos.customers import Call, CustomerDay

Json = dict[str, Any]
_TYPES = {"fund": "FUNDING", "withdraw": "WITHDRAWAL", "buy": "AIRTIME"}
_ANSWER_S = 30.0


def judge(customer: CustomerDay, api: str, keys: dict[str, list[str]]) -> list[str]:
    """What is wrong with one customer's day, a sentence each. No sentence means that it is right.

    keys: the references that the database has under each idempotency key.
    """
    history = list(_pages(customer.http, f"{api}/wallet/transactions"))
    wrong = [*_effects(customer.calls, history, keys)]
    wrong += _lists(customer.http, api, history)
    wallet = customer.http.get(f"{api}/wallet/", timeout=_ANSWER_S).json()
    expected = sum((_moved(row) for row in history), Decimal(0))
    held = sum(
        (Decimal(row["amount"]) + Decimal(row["fee"]) for row in history if _holds(row)), Decimal(0)
    )
    net = Decimal(wallet["balance"]) - Decimal(wallet["owed"])
    if (net, Decimal(wallet["held"])) != (expected, held):
        wrong.append(
            f"has {net} net of debts, {wallet['held']} held; should have {expected}, {held} held"
        )
    return [f"customer {customer.number}: {each}" for each in wrong]


def _effects(calls: list[Call], history: list[Json], keys: dict[str, list[str]]) -> Iterator[str]:
    rows = {row["reference"]: row for row in history}
    known = set()
    for call in calls:
        found = keys.get(call.key, [])
        known.update(found)
        if call.outcome == "ok" and found != [call.reference]:
            yield f"{call.kind} {call.key} was ok as {call.reference}, and is {found}"
        if call.outcome == "refused" and found:
            yield f"{call.kind} {call.key} was refused, and is {found}: {call.answers}"
        if len(found) > 1:
            yield f"{call.kind} {call.key} happened {len(found)} times: {found}"
        for reference in found:
            row = rows.get(reference)
            if row is None:
                yield f"{reference} is in no list"
            elif row["type"] != _TYPES[call.kind] or Decimal(row["amount"]) != call.naira:
                yield f"{reference} is {row['type']} {row['amount']}, not {call.kind} {call.naira}"
    # A funding whose page could not be opened has given up its key; a reversal never has one.
    keyless = {
        r for r, row in rows.items() if (row["type"], row["status"]) == ("FUNDING", "FAILED")
    }
    reversals = {r for r, row in rows.items() if row["type"] == "REVERSAL"}
    unasked = set(rows) - known - reversals - keyless
    if unasked:
        yield f"no call asked for {sorted(unasked)}"


def _lists(http: requests.Session, api: str, history: list[Json]) -> Iterator[str]:
    """Every filtered list is the whole list, filtered."""
    for name in ("type", "status"):
        for value in sorted({row[name] for row in history}):
            listed = list(_pages(http, f"{api}/wallet/transactions?{name}={value}"))
            wanted = [row for row in history if row[name] == value]
            if [row["reference"] for row in listed] != [row["reference"] for row in wanted]:
                yield f"the list of {name}={value} is not the whole list, filtered"


def _pages(http: requests.Session, url: str) -> Iterator[Json]:
    while url:
        page = http.get(url, timeout=_ANSWER_S).json()
        yield from page["results"]
        url = page["next"]


def _moved(row: Json) -> Decimal:
    """What a transaction adds to the balance, by its type and status alone."""
    if row["status"] != "SUCCESS":
        return Decimal(0)
    whole = Decimal(row["amount"]) + Decimal(row["fee"])
    if row["type"] == "REVERSAL":
        return whole if row["meta"]["direction"] == "in" else -whole
    return whole if row["type"] == "FUNDING" else -whole


def _holds(row: Json) -> bool:
    return row["status"] == "PENDING" and row["type"] != "FUNDING"
