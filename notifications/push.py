"""Sending a transaction's latest event to whoever watches it."""

from __future__ import annotations

import asyncio
import os
import threading
from functools import cache

from channels.layers import get_channel_layer

from notifications import events, groups
from wallets.ledger.documents import Transaction

# A customer's request waits for it. A Redis that hangs is left to a task, which can wait; the
# channel layer's own time-out must outlast its blocking reads, and is too long for that.
_PUSH_S = 2.0


def push(transaction: Transaction) -> None:
    """The watchers of the reference and of the customer are told. Raises what Redis raises."""
    message: dict[str, object] = {
        "type": "transaction.event",
        "event": events.latest_event(transaction),
    }
    names = [groups.of_reference(transaction.reference), groups.of_user(transaction.user_id)]
    told = asyncio.wait_for(_send(names, message), _PUSH_S)
    asyncio.run_coroutine_threadsafe(told, _loop()).result(2 * _PUSH_S)


async def _send(names: list[str], message: dict[str, object]) -> None:
    layer = get_channel_layer()
    await asyncio.gather(*(layer.group_send(name, message) for name in names))


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """This process's loop for pushes, kept with its connections to Redis.

    A loop for each push would connect anew each time, which costs more than the push.
    """
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="push", daemon=True).start()
    return loop


# A forked child has the parent's loop but not its thread.
os.register_at_fork(after_in_child=_loop.cache_clear)
