"""Thousands of schedules of everybody at once: `make simulate` plays more of them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from dev.stack.addresses import ROOT

# A taste. CI plays a thousand by `make simulate`.
_SCHEDULES = 50


def simulate(*arguments: str) -> str:
    """What a simulation with servers of its own says; it must succeed."""
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
    """Whoever dies, hangs up, or is not heard between any two steps."""
    # Another seed than CI's own step has: nothing is played twice.
    said = simulate("--seed", "2", "--schedules", str(_SCHEDULES))

    print(said)
    assert f"{_SCHEDULES} schedules" in said


def test_a_seed_repeats_its_schedule() -> None:
    """Every decision is drawn from the seed: what failed once fails again, to be looked at."""
    first, again = (
        simulate("--seed", "5", "--first", "3", "--schedules", "4", "--trace") for _ in range(2)
    )

    assert first.count("worker") > 20
    # But for the last lines, which say how long it took.
    assert first.splitlines()[:-2] == again.splitlines()[:-2]
