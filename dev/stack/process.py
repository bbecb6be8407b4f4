"""One child process: it has its own process group and log file, and ends when we end."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from dev.stack.errors import PartDied, PartSilent

_POLL_S = 0.05
_PR_SET_PDEATHSIG = 1
# Loaded before any fork: between fork and exec a child can do almost nothing safely.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class Process:
    """A program that tests of crashes can start, kill and start again."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str],
        folder: Path,
    ) -> None:
        self.name = name
        self.log = log
        self._command = list(command)
        self._environment = dict(environment)
        self._folder = folder
        self._popen: subprocess.Popen[bytes] | None = None
        self._group: int | None = None
        self._asked_to_stop = False
        self._log_start = 0

    @property
    def pid(self) -> int:
        assert self._popen is not None, f"{self.name} was never started"
        return self._popen.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs, and before its first start."""
        return self._popen.poll() if self._popen else None

    @property
    def running(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    def start(self) -> None:
        """Start the program. It may not answer yet."""
        assert not self.running, f"{self.name} is running"
        # The kernel signals the death of the forking thread, not of the process.
        assert threading.current_thread() is threading.main_thread(), "start from the main thread"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self._log_start = output.tell()
            self._popen = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environment,
                cwd=self._folder,
                # Ctrl-C in the terminal reaches only us; we then stop the parts in order.
                start_new_session=True,
                preexec_fn=_die_with(os.getpid()),
            )
        self._group = self._popen.pid
        self._asked_to_stop = False

    def said(self, text: str) -> bool:
        """Whether its log since the latest start contains this text."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return text.encode() in log.read()

    def require_running(self) -> None:
        """Raises: PartDied."""
        code = self.exit_code
        if code is not None:
            raise PartDied(self.name, code, self.log)

    def wait_until(self, answers: Callable[[], bool], *, wait_s: float) -> None:
        """Raises: PartDied, PartSilent."""
        deadline = time.monotonic() + wait_s
        while not answers():
            self.require_running()
            if time.monotonic() > deadline:
                raise PartSilent(self.name, wait_s, self.log)
            time.sleep(_POLL_S)

    def wait_until_done(self, *, wait_s: float) -> None:
        """Wait for a one-shot program. Raises: PartDied, if it fails; PartSilent."""
        assert self._popen is not None
        try:
            code = self._popen.wait(wait_s)
        except subprocess.TimeoutExpired:
            raise PartSilent(self.name, wait_s, self.log) from None
        if code:
            raise PartDied(self.name, code, self.log)

    def ask_to_stop(self) -> None:
        """Send SIGTERM once: some programs take a second one as an order to hurry."""
        if self.running and not self._asked_to_stop:
            self._asked_to_stop = True
            self.signal(signal.SIGTERM)

    def stop(self, *, grace_s: float) -> None:
        """End it and its children; after grace_s, kill them."""
        if self._popen is None:
            return
        self.ask_to_stop()
        try:
            self._popen.wait(grace_s)
        except subprocess.TimeoutExpired:
            pass
        finally:
            self.kill()

    def kill(self) -> None:
        """Kill it, as in a crash, together with its children."""
        if self._popen is None or self._group is None:
            return
        with suppress(ProcessLookupError):  # the whole group may have ended
            os.killpg(self._group, signal.SIGKILL)
        self._popen.wait()
        self._group = None  # the system may reuse the number

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program, not to its children."""
        assert self._popen is not None
        self._popen.send_signal(number)


def _die_with(parent: int) -> Callable[[], None] | None:
    """The step before exec: the child asks the kernel to kill it when we die.

    Only Linux can do this. Elsewhere a killed supervisor leaves its parts running.
    """
    if _LIBC is None:
        return None

    def in_child() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # we died before prctl took effect
            os._exit(1)

    return in_child
