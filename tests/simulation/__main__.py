"""`python -m tests.simulation --seed 1 --schedules 1000`: exit code 0 if money was always right.

A schedule that fails is printed with all its decisions. `--first` plays it alone.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
import traceback
from collections import Counter
from typing import Any

# Decides the servers' addresses, before Django reads its settings.
from tests.plugin import SERVERS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--schedules", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="the number of the first schedule")
    parser.add_argument("--trace", action="store_true", help="print the decisions")
    parser.add_argument(
        "--jobs", type=int, default=1, help="the number of processes that share the schedules"
    )
    given = parser.parse_args()
    if given.jobs > 1:
        return _share(given)
    started = time.monotonic()
    with SERVERS as stack:
        failed, counts = _play(stack, given)
    took_s = time.monotonic() - started
    print(f"seed {given.seed}: {given.schedules} schedules from {given.first} on in {took_s:.0f} s")
    print(", ".join(f"{count} {what}" for what, count in sorted(counts.items())))
    return 1 if failed else 0


def _share(given: Any) -> int:
    """Start the jobs. Each is a process with its own servers, and plays a part of the schedules."""
    each = -(-given.schedules // given.jobs)
    jobs = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.simulation", "--seed", str(given.seed)),
                *("--first", str(first), "--schedules", str(each)),
            ]
        )
        for first in range(given.first, given.first + given.schedules, each)
    ]
    return max(job.wait() for job in jobs)


def _play(stack: Any, given: Any) -> tuple[int, Counter[str]]:
    import django

    django.setup()
    import celery_app

    celery_app.app.loader.import_default_modules()  # a sweep finds tasks by name
    from django.core.management import call_command

    from tests.simulation.simulation import Simulation

    call_command("migrate", verbosity=0)
    simulation = Simulation(stack.addresses.sandbox)
    for number in range(given.first, given.first + given.schedules):
        try:
            simulation.play(given.seed, number)
        except Exception:
            print("\n".join(simulation.world.scheduler.trace))
            traceback.print_exc()
            print(f"repeat it: python -m tests.simulation --seed {given.seed} "
                  f"--first {number} --schedules 1")  # fmt: skip
            return 1, simulation.counts
        if given.trace:
            print("\n".join(simulation.world.scheduler.trace))
    return 0, simulation.counts


if __name__ == "__main__":
    sys.exit(main())
