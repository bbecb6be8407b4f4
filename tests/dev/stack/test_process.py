"""One child process: its end is noticed, its log is quoted, its children end with it."""

import os
import signal
import sys

import psutil
import pytest

from dev.stack.errors import PartDied, PartSilent
from dev.stack.process import Process

FOREVER = "import signal, time; print('up', flush=True)\nwhile True: time.sleep(60)"
IGNORES_SIGTERM = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + FOREVER
PARENT = (
    "import subprocess, sys\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "print('child', child.pid, flush=True)\n" + FOREVER
)


@pytest.fixture
def launch(tmp_path):
    """Starts Python source as a part; none is left after the test."""
    started = []

    def start(source):
        process = Process(
            "part",
            [sys.executable, "-c", source],
            log=tmp_path / "logs" / "part.log",
            environment=dict(os.environ),
            folder=tmp_path,
        )
        started.append(process)
        process.start()
        return process

    yield start
    for process in started:
        process.kill()


def test_the_error_about_a_dead_part_quotes_its_log(launch):
    """The message has the exit code, the path of the log and its last lines."""
    process = launch("print('first'); print('the reason'); raise SystemExit(3)")

    with pytest.raises(PartDied) as died:
        process.wait_until(lambda: False, wait_s=30)

    assert str(died.value) == (
        f"The part ended with exit code 3; its log is {process.log} and ends:\n"
        "  | first\n"
        "  | the reason"
    )


def test_the_error_about_a_killed_part_names_the_signal(launch):
    """The message has the number of the signal."""
    process = launch(FOREVER)
    os.kill(process.pid, signal.SIGKILL)

    with pytest.raises(PartDied, match="was ended by signal 9"):
        process.wait_until(lambda: False, wait_s=30)


def test_a_part_that_never_answers_is_an_error(launch):
    """After wait_s the error names the part; the part still runs."""
    process = launch(FOREVER)
    process.wait_until(lambda: process.said("up"), wait_s=30)

    with pytest.raises(PartSilent, match="did not answer within 0 seconds"):
        process.wait_until(lambda: False, wait_s=0)

    assert process.running


def test_a_one_shot_part_that_fails_is_an_error(launch):
    """The exit code of a failed program is in the message."""
    with pytest.raises(PartDied, match="exit code 4"):
        launch("raise SystemExit(4)").wait_until_done(wait_s=30)


def test_a_part_that_ignores_sigterm_is_killed(launch):
    """After grace_s the part is killed."""
    process = launch(IGNORES_SIGTERM)
    process.wait_until(lambda: process.said("up"), wait_s=30)

    process.stop(grace_s=0.1)

    assert process.exit_code == -signal.SIGKILL


def test_the_children_of_a_part_end_with_it(launch):
    """Killing a part also ends the processes that it started."""
    process = launch(PARENT)
    process.wait_until(lambda: process.said("up"), wait_s=30)
    (child,) = psutil.Process(process.pid).children()

    process.kill()

    child.wait(timeout=30)
    assert not child.is_running()


def test_a_restarted_part_is_judged_by_its_new_log_alone(launch, tmp_path):
    """Lines from before the restart do not make the part look ready."""
    process = launch("import pathlib\nif not pathlib.Path('silent').exists(): print('up')")
    process.wait_until_done(wait_s=30)
    assert process.said("up")

    (tmp_path / "silent").touch()
    process.start()
    process.wait_until_done(wait_s=30)

    assert not process.said("up")
