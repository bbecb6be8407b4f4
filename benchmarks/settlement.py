"""`make bench`: how near settlement and acknowledgement come to the least they can cost.

Four measurements in one run, on servers of its own: (a) the floor, plain PyMongo; (b) our
settlement; (c) a webhook's whole way; (d) its acknowledgement against a bare view. Contestants
take turns, and what counts is the median of the rounds' ratios, so that a machine that slows
down slows down both.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rich.console import Console
from rich.table import Table

from benchmarks.ground import Ground, ground

_WORKERS = (1, 2)


def main() -> int:
    console = Console(highlight=False)
    begun = time.monotonic()
    with ground(parts=("sandbox", "migrate")) as here:
        console.print(here.described(), soft_wrap=True)
        settled = settlements(console)
        acknowledged = measure_webhooks(console, here)
    console.print(f"\nAll of it took {time.monotonic() - begun:.0f} s.\n")
    console.print(f"ratio settlement/floor = {settled:.2f}")
    console.print(f"ratio ack/floor = {acknowledged:.2f}")
    return 0


def settlements(console: Console) -> float:
    """The ratio of (b) to (a)."""
    from benchmarks.settling import FLOOR, OURS, PUSHED, Settling

    settling = Settling()
    commands = settling.same_commands()
    console.print(f"\nFloor and service send the same {commands} commands for one settlement.")
    table = _table("Settlements", "per second", "to the floor")
    alone = settling.rounds()
    rows = {"one at a time": alone}
    rows["8 threads, many wallets"] = settling.crowd(wallets=None)
    rows["8 threads, one hot wallet"] = settling.crowd(wallets=1)
    for how, rates in rows.items():
        for name in (FLOOR, OURS, PUSHED):
            if name in rates.per_s:
                _row(table, f"{name}, {how}", rates.per_s[name], rates.to_floor[name])
    console.print(table)
    return alone.to_floor[OURS]


def measure_webhooks(console: Console, here: Ground) -> float:
    """The ratio of (d); prints (c) and (d)."""
    from benchmarks.acking import OURS, WITHOUT_INDEXES, acknowledgements
    from benchmarks.settling import FLOOR
    from benchmarks.webhooks import Passages

    table = _table("From the webhook to the balance", "per second", "alone, ms", "95 %, ms")
    with here.gunicorn("payflow.wsgi:application", here.addresses.ports.web):
        passages = Passages(here)
        for workers in _WORKERS:
            found = passages.measure(workers)
            name = f"{workers} worker process" + ("es" if workers > 1 else "")
            table.add_row(
                name, f"{found.per_s:.0f}", f"{found.alone_ms:.0f}", f"{found.slow_alone_ms:.0f}"
            )
    console.print(table)
    rates = acknowledgements(here)
    table = _table("Webhooks acknowledged, 16 connections", "per second", "to the floor")
    for name in (FLOOR, OURS, WITHOUT_INDEXES):
        _row(table, name, rates.per_s[name], rates.to_floor[name])
    console.print(table)
    return rates.to_floor[OURS]


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, padding=(0, 2, 0, 0))
    table.add_column("", min_width=44)
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _row(table: Table, name: str, per_s: float, to_floor: float) -> None:
    table.add_row(name, f"{per_s:.0f}", f"{to_floor:.2f}")


if __name__ == "__main__":
    sys.exit(main())
