"""A process that dies at a named step: `KILL_AT=after-the-push celery -A tests.support.killer`.

The product's code is untouched: the step's function is wrapped, and the whole process group
is killed as a power cut would.
"""

from __future__ import annotations

import importlib
import os
import signal
from typing import Any

from celery_app import app

__all__ = ["PURCHASE", "SETTLEMENT", "WEBHOOK", "WITHDRAWAL", "app"]

# Between each two steps of a settlement: where to die, and on which side of the call.
SETTLEMENT = {
    "before-the-vendor-is-asked": ("wallets.services.notices", "_verified_payment", "before"),
    "after-the-vendor-answered": ("wallets.services.notices", "_verified_payment", "after"),
    "after-the-ledger-entry": ("wallets.ledger", "post", "after"),
    "after-the-transition": ("wallets.transitions", "move", "after"),
    "before-the-commit": ("wallets.services.notices", "finish", "after"),
    "after-the-commit": ("notifications.receivers", "push", "before"),
    "after-the-push": ("notifications.receivers", "push", "after"),
    "before-the-acknowledgement": ("wallets.services.notices", "_settle_payment", "after"),
}
WITHDRAWAL = {
    "before-the-transfer-is-sent": ("wallets.services.transfers", "_post", "before"),
    "after-the-transfer-was-accepted": (
        "wallets.clients.flutterwave.payouts.Payouts",
        "send_transfer",
        "after",
    ),
    "after-the-outcome-was-committed": (
        "wallets.services.transfers",
        "apply_transfer",
        "after",
    ),
}
# Between each two steps of a purchase, all of them in its request.
PURCHASE = {
    "before-the-purchase-is-claimed": ("airtime.services.purchases", "_claim", "before"),
    "before-the-purchase-is-sent": ("airtime.services.purchases", "_pay", "before"),
    "after-the-purchase-was-delivered": ("airtime.services.purchases", "_pay", "after"),
    "after-the-purchase-was-committed": ("airtime.services.outcomes", "apply_answer", "after"),
}
# Between each two steps of a webhook's request.
WEBHOOK = {
    "before-the-event-is-stored": ("wallets.services.inbox", "receive", "before"),
    "before-the-publish": ("wallets.webhooks", "publish", "before"),
    "before-the-answer": ("wallets.webhooks", "publish", "after"),
}

STEPS = SETTLEMENT | WITHDRAWAL | PURCHASE | WEBHOOK


def arm(step: str) -> None:
    """Wrap the step's function so that calling it is the end of this process."""
    place, name, side = STEPS[step]
    owner = _owner(place)
    original = getattr(owner, name)

    def deadly(*args: Any, **kwargs: Any) -> Any:
        if side == "after":
            original(*args, **kwargs)
        os.killpg(0, signal.SIGKILL)

    setattr(owner, name, deadly)


def _owner(place: str) -> Any:
    """A module, or a class in one."""
    try:
        return importlib.import_module(place)
    except ModuleNotFoundError:
        module, _, name = place.rpartition(".")
        return getattr(importlib.import_module(module), name)


if step := os.environ.get("KILL_AT"):
    app.loader.import_default_modules()
    app.finalize()
    arm(step)
