"""A page of history costs the same after 100 and after 100,000 transactions: `python
benchmarks/history.py`.

Shown twice: by what the database examines for one page (explain), and by the clock, for the
selector and for the view over HTTP. At the end, the memory of the API's processes.
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

from benchmarks.ground import Ground, ground
from benchmarks.wire import Connection, request, send_all

SHORT, LONG = 100, 100_000
_BULK = 5_000
_ROUNDS = 15
_LOAD = 2_000
_CONNECTIONS = 16
_START = datetime(2026, 1, 1, tzinfo=UTC)
_APART = timedelta(minutes=5)
_PASSWORD = "correct horse battery 9"


@dataclass(frozen=True)
class Owner:
    """A customer, with so many transactions five minutes apart."""

    user_id: ObjectId
    token: str
    transactions: int

    def days_ago(self, days: float) -> datetime:
        """Counted back from the latest transaction."""
        return _START + self.transactions * _APART - timedelta(days=days)


# What is asked of each customer; every one of these has a full page.
QUESTIONS: dict[str, Callable[[Owner], dict[str, str]]] = {
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
    with ground(parts=("migrate",)) as here:
        console.print(here.described(), soft_wrap=True)
        with console.status(f"Writing {LONG:,} transactions"):
            owners = [new_owner(number) for number in (SHORT, LONG)]
        with here.gunicorn("payflow.wsgi:application", here.addresses.ports.web) as server:
            console.print(compared(here, owners[0], owners[1]))
            used = memory_mb(here, owners[1], server.pid)
    console.print(f"\nresident memory of an API process after {_LOAD:,} pages = {used:.0f} MB")
    return 0


def new_owner(transactions: int) -> Owner:
    """A customer with a history, written in bulk."""
    from accounts import tokens
    from payflow.kernel import clock
    from payflow.onboarding.services import register_customer
    from wallets.ledger.documents import Transaction, Wallet

    email = f"{transactions}@example.com"
    user, wallet = register_customer(email=email, password=_PASSWORD, now=clock.now())
    rows = Transaction._get_collection()
    for first in range(1, transactions + 1, _BULK):
        numbers = range(first, min(first + _BULK, transactions + 1))
        rows.insert_many([_row(wallet, number) for number in numbers])
    latest = _START + transactions * _APART
    Wallet.objects(pk=wallet.pk).update_one(
        set__transaction_number=transactions, set__transaction_at=latest
    )
    return Owner(user.pk, tokens.issue(user).access, transactions)


def _row(wallet: Any, number: int) -> dict[str, Any]:
    from payflow.kernel.references import new_reference
    from wallets.ledger.documents import (
        Change,
        ChangeSource,
        Transaction,
        TransactionStatus,
    )

    at = _START + number * _APART
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


def compared(here: Ground, short: Owner, long: Owner) -> Table:
    """One line for each question: keys examined, and how much longer the long history takes."""
    table = Table(title="A page of 20", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for column in ("", f"keys of {SHORT}", f"keys of {LONG:,}", "selector", "view, ms", "view"):
        table.add_column(column, justify="right" if column else "left")
    connection = Connection(here.addresses.ports.web)
    for name, question in QUESTIONS.items():
        keys = [keys_examined(owner, question(owner)) for owner in (short, long)]
        by_selector = [selecting(owner, question(owner)) for owner in (short, long)]
        by_view = [viewing(connection, owner, question(owner)) for owner in (short, long)]
        selector = _ratio(by_selector[0], by_selector[1])[1]
        view_ms, view = _ratio(by_view[0], by_view[1])
        table.add_row(
            name, str(keys[0]), str(keys[1]), f"{selector:.2f}", f"{view_ms:.1f}", f"{view:.2f}"
        )
    connection.close()
    return table


def _ratio(short: Callable[[], None], long: Callable[[], None]) -> tuple[float, float]:
    """The long one's median in milliseconds, and its ratio to the short one's, taken in turns."""
    took: list[tuple[float, float]] = []
    for number in range(-2, _ROUNDS):  # the first two open what is needed
        pair = (_seconds(short), _seconds(long))
        if number >= 0:
            took.append(pair)
    ratio = statistics.median(after / before for before, after in took)
    return statistics.median(after for _, after in took) * 1000, ratio


def _seconds(call: Callable[[], None]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def selecting(owner: Owner, question: dict[str, str]) -> Callable[[], None]:
    """Read the page as the view does, and render it."""
    from payflow.api.paging import split_cursor
    from wallets.ledger import selectors
    from wallets.serializers import TransactionFilterIn, TransactionOut

    filters = TransactionFilterIn(data=question)
    filters.is_valid(raise_exception=True)
    cursor, wanted = split_cursor(filters.validated_data)

    def select() -> None:
        page = selectors.get_transaction_page(user_id=owner.user_id, filters=wanted, cursor=cursor)
        rows: Any = page.rows
        assert len(TransactionOut(rows, many=True).data) == cursor.limit

    return select


def viewing(connection: Connection, owner: Owner, question: dict[str, str]) -> Callable[[], None]:
    """Ask for the page over HTTP."""
    ready = _request(owner, question)

    def view() -> None:
        assert connection.send(ready).count(b'"reference"') == 20

    return view


def _request(owner: Owner, question: dict[str, str]) -> bytes:
    from urllib.parse import urlencode

    path = "/api/v1/wallet/transactions"
    query = f"?{urlencode(question)}" if question else ""
    return request("GET", path + query, headers={"Authorization": f"Bearer {owner.token}"})


def keys_examined(owner: Owner, question: dict[str, str]) -> int:
    """Index keys that the database looks at for one page, summed over its queries."""
    from benchmarks.listening import listening
    from payflow.kernel import db
    from payflow.settings.base import CONFIG

    select = selecting(owner, question)
    with listening() as commands:
        select()
        finds = [each for each in commands.sent if "find" in each]
    database = db.client()[CONFIG.mongo_db_name]
    return sum(_keys(database, find) for find in finds)


def _keys(database: Any, find: dict[str, Any]) -> int:
    names = ("find", "filter", "sort", "limit", "projection", "singleBatch")
    asked = {name: find[name] for name in names if name in find}
    told = database.command("explain", asked, verbosity="executionStats")
    stats = told["executionStats"]
    assert stats["totalDocsExamined"] <= max(stats["totalKeysExamined"], 1), "not by an index"
    return int(stats["totalKeysExamined"])


def memory_mb(here: Ground, owner: Owner, pid: int) -> float:
    """The largest of the server's processes, after it has answered many pages."""
    requests = [_request(owner, {"limit": "100"}) for _ in range(_LOAD)]
    send_all(here.addresses.ports.web, requests, connections=_CONNECTIONS)
    processes = psutil.Process(pid).children(recursive=True)
    return max(process.memory_info().rss for process in processes) / 2**20


if __name__ == "__main__":
    sys.exit(main())
