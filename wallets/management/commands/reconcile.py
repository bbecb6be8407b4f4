"""`manage.py reconcile`: compare one day with the vendors' lists."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from payflow.kernel import clock
from payflow.kernel.errors import VendorError
from payflow.kernel.money import to_naira_text
from wallets.oversight.documents import ReconciliationReport
from wallets.oversight.reconciliation import reconcile


class Command(BaseCommand):
    help = (
        "Compare a day's transactions with the vendors' lists. The vendors' statements are "
        "applied first. Every remaining difference becomes a review case. Exits with 1 if "
        "there is one, and with 2 if it could not finish: run it again to go on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--date",
            type=date.fromisoformat,
            help="a day in Lagos, such as 2026-01-31; default: yesterday",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        day = options["date"] or clock.lagos_day(now) - timedelta(days=1)
        try:
            report = reconcile(day=day, now=now)
        except VendorError as exc:
            sentence = f"{exc.details.get('vendor', 'A vendor')}: {exc.message}"
            raise CommandError(sentence, returncode=2) from exc
        console = Console(file=self.stdout, highlight=False, width=120)  # type: ignore[arg-type]
        print_report(report, console)
        if report.difference_count:
            raise CommandError(f"{report.difference_count} differences; each is a review case.")


def print_report(report: ReconciliationReport, console: Console) -> None:
    console.print(f"{report.day} in Lagos, in naira")
    console.print(_totals_table(report))
    if report.differences:
        console.print(_differences_table(report))


def _totals_table(report: ReconciliationReport) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("source", "", "theirs", "", "ours", "", "ledger", "matched", "known"):
        table.add_column(name, justify="left" if name == "source" else "right")
    for each in report.sources:
        table.add_row(
            each.name,
            each.currency,
            str(each.theirs_count),
            to_naira_text(each.theirs_kobo),
            str(each.ours_count),
            to_naira_text(each.ours_kobo),
            to_naira_text(each.ledger_kobo),
            str(each.matched),
            str(each.known),
        )
    return table


def _differences_table(report: ReconciliationReport) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("difference", "reference", "vendor's id", "ours", "theirs"):
        table.add_column(name, overflow="fold")
    for each in report.differences:
        table.add_row(each.kind, each.reference, each.vendor_id, each.ours, each.theirs)
    return table
