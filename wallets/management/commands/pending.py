"""`manage.py pending`: the transactions whose outcome is not known yet."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from payflow.kernel import clock
from payflow.kernel.durations import DurationInvalid, format_duration, parse_duration
from payflow.kernel.money import format_naira
from wallets import flows
from wallets.oversight.next_steps import describe_moment
from wallets.oversight.pending import PendingTransaction, find_pending

_WIDTH = 120


class Command(BaseCommand):
    help = (
        "List the PENDING transactions, the oldest first, with the time at which a sweep looks "
        "at each again. Changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        types = sorted(kind for flow in flows.all_flows() for kind in flow.types)
        parser.add_argument("--type", choices=types, help="this type only")
        parser.add_argument(
            "--older-than", type=_duration, metavar="1h", help="created this long ago: 30m, 1h, 2d"
        )
        parser.add_argument("--limit", type=int, default=50, help="show at most this many; 50")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["limit"] < 1:
            raise CommandError("--limit must be 1 or more.")
        now = clock.now()
        found, has_more = find_pending(
            transaction_type=options["type"],
            older_than=options["older_than"],
            limit=options["limit"],
            now=now,
        )
        console = Console(file=self.stdout, highlight=False, width=_WIDTH)  # type: ignore[arg-type]
        console.print(_table(found, now) if found else "No such transaction is PENDING.")
        if has_more:
            console.print("There are more: raise --limit, or use --type or --older-than.")


def _duration(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except DurationInvalid as exc:
        raise ArgumentTypeError(str(exc)) from exc


def _sent(each: PendingTransaction) -> str:
    if flows.is_credit(each.type):  # the customer pays; PayFlow sends nothing
        return "-"
    return "yes" if each.sent_at else "no"


def _table(found: list[PendingTransaction], now: datetime) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in (
        "reference",
        "type",
        "amount",
        "age",
        "sent",
        "requeries",
        "next look in Lagos",
        "case",
    ):
        numeric = name in ("amount", "requeries")
        table.add_column(name, justify="right" if numeric else "left", no_wrap=True)
    for each in found:
        table.add_row(
            each.reference,
            each.type,
            format_naira(each.amount_kobo),
            format_duration(now - each.created_at),
            _sent(each),
            str(each.requeries),
            describe_moment(due, now, zone="") if (due := each.next_requery_at) else "none",
            "open" if each.has_open_case else "-",
        )
    return table
