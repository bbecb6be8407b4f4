"""Named places where a test may end this process. They do nothing unless one is armed.

    PAYFLOW_FAILPOINT=before-vendor:/transfers celery -A celery_app worker --pool solo

    in-block, before-commit, after-commit    an atomic block, by its function's module and name
    after-hold                               money is held, and no vendor was called yet
    before-claim                             the order was read as not sent, and not claimed yet
    before-vendor, after-vendor              a call to a vendor, by its path
    before-inbox, after-inbox                a webhook is stored
    before-publish, after-publish            a task is handed to the broker, by its name
    before-notify, after-notify              a push to watchers, by the transaction's status
    before-ack                               a task is done, by its name, and not acknowledged
    before-answer                            a request is done, by its path, and not answered

The text after the colon limits where: only places that begin with it count. Production refuses
to start with a failpoint armed.
"""

from __future__ import annotations

import os
from collections.abc import Callable

VARIABLE = "PAYFLOW_FAILPOINT"
EXIT_CODE = 86

_action: Callable[[str, str], None] | None = None


def failpoint(name: str, where: str = "") -> None:
    """Call the action that set_action() set, if there is one."""
    if _action is not None:
        _action(name, where)


def set_action(action: Callable[[str, str], None] | None) -> None:
    """Make every failpoint of this process call action with its name and its place."""
    global _action
    _action = action


def exit_at(armed: str) -> Callable[[str, str], None]:
    """An action that ends the process without any cleanup, as a power cut would."""
    wanted, _, place = armed.partition(":")

    def action(name: str, where: str) -> None:
        if name == wanted and where.startswith(place):
            os._exit(EXIT_CODE)

    return action


if _armed := os.environ.get(VARIABLE):
    set_action(exit_at(_armed))
