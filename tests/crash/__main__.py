"""`python -m tests.crash`: every crash and every network fault, then the proof of the books.

Exit code 0 only if all books are right.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from tests.crash import crash_site, matrix, network, table
from tests.support.broker import find_or_start_server, open_vhost

_WITHOUT_RABBITMQ = (
    "Not on RabbitMQ: the embedded broker delivers the message of a dead worker again only after "
    "its visibility time-out of twenty minutes. So this run proves that the sweeps work without it."
)
# The table has fifteen columns. Without a terminal its width cannot be read.
_WIDTH = 160


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--only", default="", help="only flows, or parts, whose name contains this")
    parser.add_argument("--stage", choices=["crashes", "network"], help="default: both")
    parser.add_argument(
        "--broker", choices=["rabbitmq", "valkey"], help="default: RabbitMQ if there is one"
    )
    given = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False)
    folder = Path(tempfile.mkdtemp(prefix="payflow-crash-"))
    stages = {"crashes": _crashes, "network": _network}
    with ExitStack() as exits:
        server = None if given.broker == "valkey" else exits.enter_context(find_or_start_server())
        if server is None:
            console.print(_WITHOUT_RABBITMQ)
        differences = 0
        for name, stage in stages.items():
            if given.stage in (None, name):
                with ExitStack() as here:
                    url = here.enter_context(open_vhost(*server)).url if server else ""
                    differences += stage(console, folder / name, url, given.only)
    if differences:
        console.print(f"The logs are in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


def _crashes(console: Console, folder: Path, rabbitmq_url: str, only: str) -> int:
    began = time.monotonic()
    with crash_site.open_site(folder, rabbitmq_url=rabbitmq_url) as site:
        staged = matrix.stage(site, lambda flow, step: only in flow.name)
        with console.status("") as status:
            wrong = matrix.play(site, staged, report=status.update)
    console.print(table.render_matrix(staged))
    failed = {f"{each.flow.name}, {each.step}": each.problems for each in staged if each.problems}
    return _summarise(console, f"{len(staged)} crashes staged", failed, wrong, began)


def _network(console: Console, folder: Path, rabbitmq_url: str, only: str) -> int:
    began = time.monotonic()
    wanted = [(part, fault) for part in network.PARTS for fault in network.FAULTS if only in part]
    with (
        network.open_site(folder, rabbitmq_url=rabbitmq_url) as site,
        console.status("") as status,
    ):
        cases, wrong = network.play(site, wanted, report=status.update)
    console.print(table.render_network(cases))
    failed = {f"{each.part}, {each.fault}": each.problems for each in cases if each.problems}
    return _summarise(console, f"{len(cases)} network faults staged", failed, wrong, began)


def _summarise(
    console: Console, what: str, failed: dict[str, list[str]], wrong: list[str], began: float
) -> int:
    for each in [*(f"{name}: {'; '.join(problems)}" for name, problems in failed.items()), *wrong]:
        console.print(f"  WRONG: {each}", markup=False)
    differences = len(failed) + len(wrong)
    took_s = time.monotonic() - began
    console.print(f"{what}, {differences} differences, {took_s:.0f} s")
    return differences


if __name__ == "__main__":
    sys.exit(main())
