"""`make run` from start to Ctrl-C, on free ports and in a temporary folder."""

import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
import requests

from dev.stack.addresses import ROOT
from dev.stack.parts import PARTS
from dev.stack.ports import VARIABLES, Ports
from dev.stack.run import ADMIN_EMAIL

WAIT_S = 90


@pytest.fixture
def running(tmp_path):
    """The command, and its stack.json once it is up; killed when a test fails."""
    ports = Ports.free()
    moved = {variable: str(getattr(ports, part)) for part, variable in VARIABLES.items()}
    own = {"MONGO_URI": "", "REDIS_URL": "", "RABBITMQ_URL": ""}
    command = subprocess.Popen(
        [sys.executable, "-m", "dev.stack", "run", "--folder", str(tmp_path)],
        cwd=ROOT,
        env=os.environ | moved | own,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    stack_file = tmp_path / "stack.json"
    deadline = time.monotonic() + WAIT_S
    while not stack_file.exists() or not stack_file.read_text().endswith("}\n"):
        assert command.poll() is None, command.stdout.read()
        assert time.monotonic() < deadline, "make run did not come up"
        time.sleep(0.1)
    yield command, json.loads(stack_file.read_text())
    command.kill()
    command.wait()


def test_the_stack_answers_and_ctrl_c_ends_it(running, tmp_path):
    """API docs, admin and sandbox answer; Ctrl-C leaves no process and no stack.json."""
    command, stack = running
    children = psutil.Process(command.pid).children(recursive=True)
    for page in (stack["docs"], stack["admin"], stack["sandbox"] + "/health"):
        assert requests.get(page, timeout=WAIT_S).ok, page

    command.send_signal(signal.SIGINT)
    said, _ = command.communicate(timeout=WAIT_S)

    assert command.returncode == 0
    assert len(children) >= len(PARTS) - 1
    assert psutil.wait_procs(children, timeout=WAIT_S)[1] == []
    assert not (tmp_path / "stack.json").exists()
    assert stack["docs"] in said
    assert ADMIN_EMAIL in said


def test_a_part_that_dies_ends_the_run_with_its_name(running):
    """When a part dies, the command stops the others and says which one it was."""
    command, _ = running
    children = psutil.Process(command.pid).children(recursive=True)
    (valkey,) = (child for child in children if "valkey" in child.name())

    valkey.kill()
    said, _ = command.communicate(timeout=WAIT_S)

    assert command.returncode == 1
    assert "The valkey was ended by signal 9; its log is " in said
    assert psutil.wait_procs(children, timeout=WAIT_S)[1] == []
