"""`make bench`: compares settlement and acknowledgement with the least that they can cost.

One run starts its own servers and measures four things: (a) the floor, plain PyMongo; (b) our
settlement; (c) the time from a webhook to the balance; (d) the acknowledgement of a webhook,
compared with a bare view. The variants take turns, and the result is the median of the rounds'
ratios. So a machine that becomes slower during the run slows down all variants.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rich.console import Console
from rich.table import Table

from benchmarks.environment import Environment, start_environment

_WORKERS = (1, 2)


def main() -> int:
    console = Console(highlight=False)
    begun = time.monotonic()
    with start_environment(parts=("sandbox", "migrate")) as environment:
        console.print(environment.describe(), soft_wrap=True)
        settled = measure_settlements(console)
        acknowledged = measure_webhooks(console, environment)
    console.print(f"\nThe run took {time.monotonic() - begun:.0f} s.\n")
    console.print(f"ratio settlement/floor = {settled:.2f}")
    console.print(f"ratio ack/floor = {acknowledged:.2f}")
    return 0


def measure_settlements(console: Console) -> float:
    """Measure (a) and (b), print them, and return the ratio of (b) to (a)."""
    from benchmarks.settling import FLOOR, OURS, PUSHED, SettlementBenchmark

    benchmark = SettlementBenchmark()
    commands = benchmark.check_commands()
    console.print(f"\nFloor and service send the same {commands} commands for one settlement.")
    table = _table("Settlements", "per second", "to the floor")
    one_by_one = benchmark.measure_one_by_one()
    rows = {"one at a time": one_by_one}
    rows["8 threads, many wallets"] = benchmark.measure_threads(wallets=None)
    rows["8 threads, one wallet"] = benchmark.measure_threads(wallets=1)
    for how, rates in rows.items():
        for name in (FLOOR, OURS, PUSHED):
            if name in rates.per_s:
                _row(table, f"{name}, {how}", rates.per_s[name], rates.to_floor[name])
    console.print(table)
    return one_by_one.to_floor[OURS]


def measure_webhooks(console: Console, environment: Environment) -> float:
    """Measure (c) and (d), print them, and return the ratio of (d) to its floor."""
    from benchmarks.acknowledging import OURS, WITHOUT_INDEXES, measure_acknowledgements
    from benchmarks.settling import FLOOR
    from benchmarks.webhooks import WebhookBenchmark

    table = _table("From the webhook to the balance", "per second", "single, ms", "95 %, ms")
    with environment.gunicorn("payflow.wsgi:application", environment.addresses.ports.web):
        benchmark = WebhookBenchmark(environment)
        for workers in _WORKERS:
            found = benchmark.measure(workers)
            name = f"{workers} worker process" + ("es" if workers > 1 else "")
            table.add_row(
                name, f"{found.per_s:.0f}", f"{found.single_ms:.0f}", f"{found.single_p95_ms:.0f}"
            )
    console.print(table)
    rates = measure_acknowledgements(environment)
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
