"""Hearing what the driver sends."""

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


class Commands(CommandListener):
    """Keeps every command that the driver sends."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def started(self, event: CommandStartedEvent) -> None:
        self.sent.append(dict(event.command))

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Only what is asked matters here."""

    def failed(self, event: CommandFailedEvent) -> None:
        """A failure raises where it is asked."""

    def kinds(self) -> list[str]:
        """For each command: its name, its collection, and what its updates do."""
        return [
            " ".join([name, str(command[name]), *_operators(command)])
            for command in self.sent
            for name in [next(iter(command))]
        ]


def _operators(command: dict[str, Any]) -> list[str]:
    return sorted(name for each in command.get("updates", ()) for name in each["u"])


@contextmanager
def listening() -> Iterator[Commands]:
    """Django's client is a new one with a listener, which is gone afterwards: listening costs."""
    commands = Commands()
    options: dict[str, Any] = connections["default"].settings_dict["OPTIONS"]
    db.forget_client()
    options["event_listeners"] = [commands]
    try:
        # What a new connection asks for is not counted.
        db.client().admin.command("ping")
        commands.sent.clear()
        yield commands
    finally:
        del options["event_listeners"]
        db.forget_client()
