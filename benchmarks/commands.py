"""Recording the commands that PyMongo sends to the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)

from payflow.kernel import db


class CommandRecorder(CommandListener):
    """Records every command that PyMongo sends."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def started(self, event: CommandStartedEvent) -> None:
        self.sent.append(dict(event.command))

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Nothing to do: commands are recorded when they start."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Nothing to do: a failed command raises in the code that sent it."""

    def describe(self) -> list[str]:
        """For each command: its name, its collection, and the operators of its updates."""
        return [
            " ".join([name, str(command[name]), *_operators(command)])
            for command in self.sent
            for name in [next(iter(command))]
        ]


def _operators(command: dict[str, Any]) -> list[str]:
    return sorted(name for each in command.get("updates", ()) for name in each["u"])


@contextmanager
def record_commands() -> Iterator[CommandRecorder]:
    """Replace Django's client by one with a listener, and remove it afterwards: it costs time."""
    commands = CommandRecorder()
    options: dict[str, Any] = connections["default"].settings_dict["OPTIONS"]
    db.forget_client()
    options["event_listeners"] = [commands]
    try:
        # The commands that open a connection are not counted.
        db.client().admin.command("ping")
        commands.sent.clear()
        yield commands
    finally:
        del options["event_listeners"]
        db.forget_client()
