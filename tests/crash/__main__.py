"""`python -m tests.crash`: every crash and network fault that can be staged, then the proof.

Exit code 0 only if all is proved.
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

from tests.crash import matrix, network, site, table
from tests.support.broker import own_vhost, real_server

_WITHOUT_RABBITMQ = (
    "Not on RabbitMQ: the embedded broker hands a dead worker's message on only when its "
    "visibility time-out is over, twenty minutes on. What is proved is that the clock's sweeps "
    "do not need it."
)
# Fifteen columns of words, and no terminal to ask.
_WIDTH = 160


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--only", default="", help="the flows, or parts, whose name has this in it")
    parser.add_argument("--stage", choices=["crashes", "network"], help="else both")
    parser.add_argument("--broker", choices=["rabbitmq", "valkey"], help="else the first there is")
    given = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False)
    folder = Path(tempfile.mkdtemp(prefix="payflow-crash-"))
    stages = {"crashes": _crashes, "network": _network}
    with ExitStack() as exits:
        server = None if given.broker == "valkey" else exits.enter_context(real_server())
        if server is None:
            console.print(_WITHOUT_RABBITMQ)
        differences = 0
        for name, stage in stages.items():
            if given.stage in (None, name):
                with ExitStack() as here:
                    url = here.enter_context(own_vhost(*server)).url if server else ""
                    differences += stage(console, folder / name, url, given.only)
    if differences:
        console.print(f"The logs are in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


def _crashes(console: Console, folder: Path, rabbitmq_url: str, only: str) -> int:
    began = time.monotonic()
    with site.open_site(folder, rabbitmq_url=rabbitmq_url) as place:
        staged = matrix.crashes(place, lambda flow, step: only in flow.name)
        with console.status("") as status:
            wrong = matrix.play(place, staged, tell=status.update)
    console.print(table.matrix(staged))
    failed = {f"{each.flow.name}, {each.step}": each.problems for each in staged if each.problems}
    return _summed(console, f"{len(staged)} crashes staged", failed, wrong, began)


def _network(console: Console, folder: Path, rabbitmq_url: str, only: str) -> int:
    began = time.monotonic()
    wanted = [(part, fault) for part in network.PARTS for fault in network.FAULTS if only in part]
    with (
        network.open_site(folder, rabbitmq_url=rabbitmq_url) as place,
        console.status("") as status,
    ):
        cases, wrong = network.play(place, wanted, tell=status.update)
    console.print(table.network(cases))
    failed = {f"{each.part}, {each.fault}": each.problems for each in cases if each.problems}
    return _summed(console, f"{len(cases)} network faults staged", failed, wrong, began)


def _summed(
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
