"""The results as tables for people."""

from __future__ import annotations

from collections.abc import Iterable

from rich.markup import escape
from rich.table import Table

from tests.crash.matrix import Crash
from tests.crash.network import FAULTS, Case

_COLUMNS = (
    "before-inbox", "after-inbox", "in-block", "before-commit", "after-commit", "before-notify",
    "after-notify", "after-hold", "before-vendor", "after-vendor", "before-publish",
    "after-publish", "before-ack", "before-answer",
)  # fmt: skip

# The whole problem is printed below the table.
_SHOWN_CHARACTERS = 40


def render_matrix(played: Iterable[Crash]) -> Table:
    rows: dict[str, dict[str, str]] = {}
    for crash in played:
        name = crash.step.partition(":")[0]
        row = rows.setdefault(f"{crash.flow.name} ({crash.flow.dies})", {})
        row[name] = _verdict(crash.problems, "ok")
    table = Table(title="A process dies at")
    table.add_column("flow (who dies)", min_width=20)
    for name in _COLUMNS:
        table.add_column(name.replace("-", "\n"), overflow="fold")
    _fill(table, rows, _COLUMNS)
    return table


def render_network(played: Iterable[Case]) -> Table:
    rows: dict[str, dict[str, str]] = {}
    for case in played:
        well = f"ok, {case.slowest_s:.1f} s"
        rows.setdefault(case.part, {})[case.fault] = _verdict(case.problems, well)
    table = Table(title="A bad network to a part, and the slowest answer during it")
    table.add_column("part")
    for name in FAULTS:
        table.add_column(name, overflow="fold")
    _fill(table, rows, FAULTS)
    return table


def _verdict(problems: list[str], well: str) -> str:
    if not problems:
        return f"[green]{well}[/]"
    return f"[red]FAILED: {escape(problems[0][:_SHOWN_CHARACTERS])}[/]"


def _fill(table: Table, rows: dict[str, dict[str, str]], columns: Iterable[str]) -> None:
    for name, found in rows.items():
        table.add_row(name, *(found.get(column, "") for column in columns))
