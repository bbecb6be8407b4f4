"""The errors of a stack that could not start or stay up. Each message is one sentence.

StackError
├── PortTaken      another program listens on the port
├── PartDied       a part ended without being stopped
├── PartSilent     a part runs and does not answer
└── ServerAbsent   a server named in the environment does not answer
"""

from __future__ import annotations

from pathlib import Path

_SHOWN_LINES = 15


class StackError(Exception):
    """The stack is not up. The message is written for the developer who started it."""


class PortTaken(StackError):
    def __init__(self, port: int, variable: str) -> None:
        super().__init__(
            f"Port {port} is taken; choose another one with {variable}, "
            f"as in: {variable}={port + 1} make run"
        )


class PartDied(StackError):
    def __init__(self, name: str, code: int, log: Path) -> None:
        how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
        super().__init__(f"The {name} {how}; its log is {log}{_end_of(log)}")


class PartSilent(StackError):
    def __init__(self, name: str, wait_s: float, log: Path) -> None:
        super().__init__(
            f"The {name} did not answer within {wait_s:g} seconds; its log is {log}{_end_of(log)}"
        )


class ServerAbsent(StackError):
    def __init__(self, variable: str, why: Exception) -> None:
        # The address may hold a password, so only its variable is named. PyMongo puts its
        # settings and its view of the cluster behind the reason, in brackets.
        reason = str(why).partition(" (")[0]
        super().__init__(f"{variable} is set, but no server answers there: {reason}")


def _end_of(log: Path) -> str:
    """The last lines of a log, as the end of a sentence."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    last = [line for line in lines if line.strip()][-_SHOWN_LINES:]
    return " and ends:\n" + "\n".join(f"  | {line}" for line in last) if last else " (empty)."
