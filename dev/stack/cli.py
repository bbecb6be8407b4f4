"""The command line: a signal stops the stack cleanly, an error is printed as one sentence."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from dev.stack import demo, run
from dev.stack.errors import StackError

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit code: 0 done, 1 failed, 130 a demo that was interrupted."""
    parser = argparse.ArgumentParser(prog="python -m dev.stack", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("run", help="keep the whole stack running until Ctrl-C")
    running.add_argument("--folder", type=Path, default=run.FOLDER, help="its data and logs")
    commands.add_parser("demo", help="fund a wallet as a customer would, then prove the books")
    given = parser.parse_args(arguments)
    for number in _STOPPING:
        if signal.getsignal(number) is not signal.SIG_IGN or number is signal.SIGINT:
            signal.signal(number, _interrupt)
    try:
        if given.command == "run":
            run.main(given.folder)
        return demo.main()
    except StackError as exc:
        print(exc, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        # `run` always ends this way.
        return 0 if given.command == "run" else _INTERRUPTED


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Begin the stop and ignore further signals, so that a second Ctrl-C cannot cut it off."""
    for each in _STOPPING:
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt
