"""The simulation plays some schedules here. `make simulate` plays more."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from dev.stack.addresses import ROOT

# CI plays a thousand more by `make simulate`.
_SCHEDULES = 50


def simulate(*arguments: str) -> str:
    """The output of a simulation in its own process, which must succeed."""
    environment = {**os.environ, "LOG_LEVEL": "CRITICAL"}
    run = subprocess.run(
        [sys.executable, "-m", "tests.simulation", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.mark.timeout(400)
def test_money_is_right_on_every_schedule() -> None:
    """The books are right although processes die, clients hang up and answers are lost."""
    # Not the seed of `make simulate` in CI, so that no schedule is played twice.
    output = simulate("--seed", "2", "--schedules", str(_SCHEDULES))

    print(output)
    assert f"{_SCHEDULES} schedules" in output


def test_a_seed_repeats_its_schedule() -> None:
    """Every decision is drawn from the seed, so a failure can be repeated."""
    first, again = (
        simulate("--seed", "5", "--first", "3", "--schedules", "4", "--trace") for _ in range(2)
    )

    assert first.count("worker") > 20
    # The last two lines have the time it took.
    assert first.splitlines()[:-2] == again.splitlines()[:-2]
