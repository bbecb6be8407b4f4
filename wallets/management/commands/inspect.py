"""`manage.py inspect`: one transaction whole, and what happens to it next."""

from __future__ import annotations

import dataclasses
import json
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table

from payflow.kernel import clock
from payflow.kernel.deadletters import to_printable
from payflow.kernel.money import format_naira
from wallets.errors import TransactionNotFound
from wallets.oversight.inspection import Inspection, VendorIdAmbiguous, inspect

_WIDTH = 120
Row = Sequence[object]


class Command(BaseCommand):
    help = (
        "Show one transaction whole: its history, its ledger entries, the webhook events and "
        "review cases about it, and what happens to it next. Changes nothing. Exits with 1 if "
        "there is no such transaction."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference", help="our reference (PF...), or the vendor's id")
        parser.add_argument("--json", action="store_true", help="one JSON object, for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["reference"].strip()
        now = clock.now()
        try:
            inspection = inspect(name=name, now=now)
        except TransactionNotFound as exc:
            raise CommandError(
                f"There is no transaction with the reference or vendor id {to_printable(name)}."
            ) from exc
        except VendorIdAmbiguous as exc:
            raise CommandError(
                f"Several transactions have the vendor id {to_printable(name)}: {exc}."
            ) from exc
        if options["json"]:
            self.stdout.write(json.dumps(dataclasses.asdict(inspection), default=_as_json))
            return
        # Texts come from vendors and customers, so markup in them is not interpreted.
        console = Console(
            file=self.stdout,  # type: ignore[arg-type]
            highlight=False,
            markup=False,
            emoji=False,
            width=_WIDTH,
        )
        _print(inspection, console)


def _as_json(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _print(found: Inspection, console: Console) -> None:
    console.print(f"{found.reference}  {found.type}  {found.status}")
    console.print(_indented(_facts(found)))
    for title, headings, rows in _sections(found):
        _print_section(console, title, headings, list(rows))
    if not found.events_are_complete:
        console.print("There are too many unfinished webhook events: only the newest were read.")
    console.print("What happens next")
    for step in found.next_steps:
        console.print(_indented(to_printable(step.sentence)))


def _sections(found: Inspection) -> Iterator[tuple[str, Sequence[str], Iterable[Row]]]:
    yield (
        "History",
        ("#", "status", "source", "Lagos", "UTC", "balance", ""),
        (
            (each.revision, each.status, each.source, _lagos(each.at), _utc(each.at),
             _naira(each.balance_kobo), each.reason)
            for each in found.history
        ),
    )  # fmt: skip
    yield (
        "Ledger entries",
        ("seq", "debit", "credit", "amount", "balance after"),
        (
            (each.seq, each.debit_account, each.credit_account, _naira(each.amount_kobo),
             _naira(each.balance_after_kobo))
            for each in found.entries
        ),
    )  # fmt: skip
    yield (
        "Webhook events",
        ("event", "status", "attempts", "received in Lagos", "last error or note"),
        _event_rows(found),
    )
    yield "Review cases", ("case", "kind", "state", "opened in Lagos", ""), _case_rows(found)
    yield (
        "Related transactions",
        ("", "reference", "type", "status", "amount"),
        (
            (each.relation, each.reference, each.type, each.status, _naira(each.amount_kobo))
            for each in found.related
        ),
    )


def _facts(found: Inspection) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _named_facts(found):
        if value:
            table.add_row(name, to_printable(value))
    return table


def _named_facts(found: Inspection) -> Iterator[tuple[str, str | None]]:
    yield "amount", _naira_and_kobo(found.amount_kobo)
    yield "fee", _naira_and_kobo(found.fee_kobo) if found.fee_kobo else None
    if found.requested_kobo not in (None, found.amount_kobo):
        yield "asked for", _naira_and_kobo(found.requested_kobo or 0)
    customer = found.customer
    yield "customer", customer.email
    yield (
        "wallet",
        (
            f"{customer.wallet}, balance {_naira(customer.balance_kobo)}, "
            f"held {_naira(customer.held_kobo)}"
            + (f", owed to us {_naira(customer.owed_kobo)}" if customer.owed_kobo else "")
            + ("" if customer.is_active else ", paused by the customer")
        ),
    )
    for lock in customer.locks:
        whose = lock.by if lock.by == lock.owner else f"{lock.by} ({lock.owner})"
        end = f"Until {_lagos(lock.until)} in Lagos." if lock.until else "It does not expire."
        yield "locked", f"by {whose}: {lock.reason} {end}"
    yield "vendor", f"{found.vendor}, id {found.vendor_id or 'not known'}" if found.vendor else None
    yield "vendor's words", found.vendor_reason
    yield "reason", found.reason
    for name, moment in (
        ("created", found.created_at),
        ("sent", found.sent_at),
        ("page closes", found.expires_at),
        ("completed", found.completed_at),
    ):
        yield name, f"{_lagos(moment)} Lagos, {_utc(moment)} UTC" if moment else None
    yield "requeries", str(found.requeries)
    yield "order", ", ".join(f"{key} {value}" for key, value in found.order.items())


def _event_rows(found: Inspection) -> Iterator[Row]:
    for event in found.events:
        received = _lagos(event.received_at)
        yield event.id, event.status, event.attempts, received, event.last_error or event.note
        if event.request_id:
            yield "", "", "", "", f"request_id {event.request_id}"


def _case_rows(found: Inspection) -> Iterator[Row]:
    """Two lines for each case: its sentence, then its evidence."""
    for case in found.cases:
        closed = f" by {case.closed_by}" if case.closed_by else ""
        yield case.id, case.kind, case.state + closed, _lagos(case.created_at), case.sentence
        evidence = ", ".join(f"{key} {value}" for key, value in sorted(case.evidence.items()))
        yield "", "", "", "", evidence


def _print_section(
    console: Console, title: str, headings: Sequence[str], rows: Sequence[Row]
) -> None:
    if not rows:
        console.print(f"{title}: none")
        return
    console.print(title)
    table = Table(box=None, pad_edge=False)
    for place, heading in enumerate(headings):
        table.add_column(heading, overflow="fold", no_wrap=place == 0)
    for row in rows:
        table.add_row(*("" if cell is None else to_printable(cell) for cell in row))
    console.print(_indented(table))


def _indented(content: RenderableType) -> Padding:
    return Padding(content, (0, 0, 0, 2), expand=False)


def _naira(kobo: int | None) -> str | None:
    return None if kobo is None else format_naira(kobo)


def _naira_and_kobo(kobo: int) -> str:
    return f"{format_naira(kobo)} ({kobo} kobo)"


def _lagos(moment: datetime) -> str:
    return f"{moment.astimezone(clock.LAGOS):%Y-%m-%d %H:%M:%S}"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%H:%M:%S}"
