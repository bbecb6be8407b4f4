"""Named places at which a test may end a process."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from payflow.kernel import failpoints

PROGRAM = """
from payflow.kernel.failpoints import failpoint
failpoint("before-vendor", "/transfers")
"""


@pytest.mark.parametrize(
    ("armed", "exit_code"),
    [
        ("", 0),
        ("before-vendor", failpoints.EXIT_CODE),
        ("before-vendor:/transfers", failpoints.EXIT_CODE),
        ("before-vendor:/trans", failpoints.EXIT_CODE),
        ("before-vendor:/pay", 0),
        ("after-vendor", 0),
    ],
)
def test_a_process_dies_only_at_its_armed_failpoint(armed: str, exit_code: int) -> None:
    """The name and the beginning of the place decide; without a failpoint nothing happens."""
    environment = {**os.environ, failpoints.VARIABLE: armed}

    run = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, check=False)

    assert run.returncode == exit_code


def test_an_action_is_called_at_each_failpoint() -> None:
    """With the name and the place, until it is removed."""
    called: list[tuple[str, str]] = []

    failpoints.act(lambda name, where: called.append((name, where)))
    failpoints.failpoint("after-hold")
    failpoints.act(None)
    failpoints.failpoint("before-ack", "wallets.requery")

    assert called == [("after-hold", "")]
