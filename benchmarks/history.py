"""Compares a page of a history of 100 transactions with one of 100,000.

Run it with `python benchmarks/history.py`. It counts the index keys that the database examines
for one page (explain), and measures the time of the selector and of the view over HTTP. At the
end it measures the memory of the API's processes.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psutil  # type: ignore[import-untyped]
from bson import ObjectId
from rich.console import Console
from rich.table import Table

from benchmarks.environment import Environment, start_environment
from benchmarks.wire import Connection, build_request, send_all

SHORT, LONG = 100, 100_000
_BULK = 5_000
_ROUNDS = 15
_LOAD = 2_000
_CONNECTIONS = 16
_START = datetime(2026, 1, 1, tzinfo=UTC)
_INTERVAL = timedelta(minutes=5)
_PASSWORD = "correct horse battery 9"


@dataclass(frozen=True)
class Owner:
    """A customer with `transactions` transactions, five minutes apart."""

    user_id: ObjectId
    token: str
    transactions: int

    def days_ago(self, days: float) -> datetime:
        """The time this many days before the latest transaction."""
        return _START + self.transactions * _INTERVAL - timedelta(days=days)


# The queries that are made for each customer. Each of them fills a page.
QUERIES: dict[str, Callable[[Owner], dict[str, str]]] = {
    "newest": lambda _: {},
    "an old page": lambda _: {"after": "60"},
    "by type": lambda _: {"type": "AIRTIME"},
    "by status": lambda _: {"status": "FAILED"},
    "by type and status": lambda _: {"type": "FUNDING", "status": "SUCCESS"},
    "by dates": lambda o: {
        "date_from": o.days_ago(0.3).isoformat(),
        "date_to": o.days_ago(0.1).isoformat(),
    },
    "by dates and status": lambda o: {
        "status": "SUCCESS",
        "date_from": o.days_ago(0.3).isoformat(),
        "date_to": o.days_ago(0.1).isoformat(),
    },
}


def main() -> int:
    console = Console(highlight=False)
    with start_environment(parts=("migrate",)) as environment:
        console.print(environment.describe(), soft_wrap=True)
        with console.status(f"Writing {LONG:,} transactions"):
            owners = [make_owner(number) for number in (SHORT, LONG)]
        with environment.gunicorn(
            "payflow.wsgi:application", environment.addresses.ports.web
        ) as server:
            console.print(compare_pages(environment, owners[0], owners[1]))
            used = measure_memory_mb(environment, owners[1], server.pid)
    console.print(f"\nresident memory of an API process after {_LOAD:,} pages = {used:.0f} MB")
    return 0


def make_owner(transactions: int) -> Owner:
    """Register a customer, and write a history in bulk."""
    from accounts import tokens
    from accounts.devices import Device
    from payflow.kernel import clock
    from payflow.onboarding.services import register_customer
    from wallets.ledger.documents import Transaction, Wallet

    email = f"{transactions}@example.com"
    user, wallet = register_customer(email=email, password=_PASSWORD, now=clock.now())
    rows = Transaction._get_collection()
    for first in range(1, transactions + 1, _BULK):
        numbers = range(first, min(first + _BULK, transactions + 1))
        rows.insert_many([_row(wallet, number) for number in numbers])
    latest = _START + transactions * _INTERVAL
    Wallet.objects(pk=wallet.pk).update_one(
        set__transaction_number=transactions, set__transaction_at=latest
    )
    return Owner(user.pk, tokens.issue(user, Device(), now=clock.now()).access, transactions)


def _row(wallet: Any, number: int) -> dict[str, Any]:
    from payflow.kernel.references import new_reference
    from wallets.ledger.documents import (
        Change,
        ChangeSource,
        Transaction,
        TransactionStatus,
    )

    at = _START + number * _INTERVAL
    status = TransactionStatus.FAILED if number % 4 == 0 else TransactionStatus.SUCCESS
    transaction = Transaction(
        reference=new_reference("FUN"),
        number=number,
        wallet=wallet.pk,
        user_id=wallet.user_id,
        type="AIRTIME" if number % 4 == 1 else "FUNDING",
        status=status,
        amount=1_500_00,
        requested_amount=1_500_00,
        vendor="flutterwave",
        history=[Change(status=status, source=ChangeSource.API, at=at)],
        created_at=at,
        updated_at=at,
        completed_at=at,
    )
    row: dict[str, Any] = transaction.to_mongo()
    return row


def compare_pages(environment: Environment, short: Owner, long: Owner) -> Table:
    """A row for each query: the keys examined, and how much longer the long history takes."""
    table = Table(title="A page of 20", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for column in ("", f"keys of {SHORT}", f"keys of {LONG:,}", "selector", "view, ms", "view"):
        table.add_column(column, justify="right" if column else "left")
    connection = Connection(environment.addresses.ports.web)
    for name, query in QUERIES.items():
        keys = [count_keys_examined(owner, query(owner)) for owner in (short, long)]
        by_selector = [page_by_selector(owner, query(owner)) for owner in (short, long)]
        by_view = [page_by_view(connection, owner, query(owner)) for owner in (short, long)]
        selector = _ratio(by_selector[0], by_selector[1])[1]
        view_ms, view = _ratio(by_view[0], by_view[1])
        table.add_row(
            name, str(keys[0]), str(keys[1]), f"{selector:.2f}", f"{view_ms:.1f}", f"{view:.2f}"
        )
    connection.close()
    return table


def _ratio(short: Callable[[], None], long: Callable[[], None]) -> tuple[float, float]:
    """The median milliseconds for the long history, and the median of the rounds' ratios."""
    took: list[tuple[float, float]] = []
    for number in range(-2, _ROUNDS):  # the first two rounds only open connections
        pair = (_seconds(short), _seconds(long))
        if number >= 0:
            took.append(pair)
    ratio = statistics.median(after / before for before, after in took)
    return statistics.median(after for _, after in took) * 1000, ratio


def _seconds(call: Callable[[], None]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def page_by_selector(owner: Owner, query: dict[str, str]) -> Callable[[], None]:
    """A function that reads the page as the view does, and renders it."""
    from payflow.api.paging import split_cursor
    from wallets.ledger import selectors
    from wallets.serializers import TransactionFilterIn, TransactionOut

    filters = TransactionFilterIn(data=query)
    filters.is_valid(raise_exception=True)
    cursor, wanted = split_cursor(filters.validated_data)

    def select() -> None:
        page = selectors.get_transaction_page(user_id=owner.user_id, filters=wanted, cursor=cursor)
        rows: Any = page.rows
        assert len(TransactionOut(rows, many=True).data) == cursor.limit

    return select


def page_by_view(connection: Connection, owner: Owner, query: dict[str, str]) -> Callable[[], None]:
    """A function that requests the page over HTTP."""
    ready = _request(owner, query)

    def view() -> None:
        assert connection.send(ready).count(b'"reference"') == 20

    return view


def _request(owner: Owner, query: dict[str, str]) -> bytes:
    from urllib.parse import urlencode

    path = "/api/v1/wallet/transactions"
    suffix = f"?{urlencode(query)}" if query else ""
    return build_request("GET", path + suffix, headers={"Authorization": f"Bearer {owner.token}"})


def count_keys_examined(owner: Owner, query: dict[str, str]) -> int:
    """The number of index keys that the database examines for one page, over all its queries."""
    from benchmarks.commands import record_commands
    from payflow.kernel import db
    from payflow.settings.base import CONFIG

    select = page_by_selector(owner, query)
    with record_commands() as commands:
        select()
        finds = [each for each in commands.sent if "find" in each]
    database = db.client()[CONFIG.mongo_db_name]
    return sum(_keys(database, find) for find in finds)


def _keys(database: Any, find: dict[str, Any]) -> int:
    names = ("find", "filter", "sort", "limit", "projection", "singleBatch")
    asked = {name: find[name] for name in names if name in find}
    explained = database.command("explain", asked, verbosity="executionStats")
    stats = explained["executionStats"]
    assert stats["totalDocsExamined"] <= max(stats["totalKeysExamined"], 1), (
        "the query does not use an index"
    )
    return int(stats["totalKeysExamined"])


def measure_memory_mb(environment: Environment, owner: Owner, pid: int) -> float:
    """The memory of the largest of the server's processes, after it has answered many requests."""
    requests = [_request(owner, {"limit": "100"}) for _ in range(_LOAD)]
    send_all(environment.addresses.ports.web, requests, connections=_CONNECTIONS)
    processes = psutil.Process(pid).children(recursive=True)
    return max(process.memory_info().rss for process in processes) / 2**20


if __name__ == "__main__":
    sys.exit(main())
