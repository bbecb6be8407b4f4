"""Named places where a drill may end this process; each is passed by unless one is armed.

    PAYFLOW_FAILPOINT=before-vendor:/transfers celery -A celery_app worker --pool solo

    in-block, before-commit, after-commit    an atomic block, by its function's module and name
    after-hold                               money is held, and no vendor has heard of it
    before-claim                             it was read that nothing was sent yet
    before-vendor, after-vendor              a call to a vendor, by its path
    before-inbox, after-inbox                a webhook is stored
    before-publish, after-publish            a task is handed to the broker, by its name
    before-notify, after-notify              watchers are told, by the transaction's status
    before-ack                               a task is done, by its name, and not acknowledged
    before-answer                            a request is done, by its path, and not answered

What is behind the colon is where: the failpoints of that name whose place begins with it.
Production refuses to start with one armed.
"""

from __future__ import annotations

import os
from collections.abc import Callable

VARIABLE = "PAYFLOW_FAILPOINT"
EXIT_CODE = 86

_act: Callable[[str, str], None] | None = None


def failpoint(name: str, where: str = "") -> None:
    """Here a process may die, or whatever act() was told."""
    if _act is not None:
        _act(name, where)


def act(action: Callable[[str, str], None] | None) -> None:
    """From now on every failpoint of this process calls action with its name and place."""
    global _act
    _act = action


def die_at(armed: str) -> Callable[[str, str], None]:
    """Ends the process as a power cut would: no cleanup, no word to anybody."""
    wanted, _, place = armed.partition(":")

    def action(name: str, where: str) -> None:
        if name == wanted and where.startswith(place):
            os._exit(EXIT_CODE)

    return action


if _armed := os.environ.get(VARIABLE):
    act(die_at(_armed))
