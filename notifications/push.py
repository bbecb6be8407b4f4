"""Sending to sockets: a transaction's latest event, or the question who is still signed in."""

from __future__ import annotations

import asyncio
import os
import threading
from functools import cache

from bson import ObjectId
from channels.layers import get_channel_layer

from notifications import events, groups
from wallets.ledger.documents import Transaction

# A customer's request waits this long for a push. If Redis hangs, a task pushes later. The
# channel layer's own time-out is too long here: it must outlast its blocking reads.
PUSH_TIMEOUT_S = 2.0


def push(transaction: Transaction) -> None:
    """Send the event to the watchers of the reference and of the customer.

    Raises what Redis raises.
    """
    message: dict[str, object] = {
        "type": "transaction.event",
        "event": events.latest_event(transaction),
    }
    _send_and_wait(
        [groups.of_reference(transaction.reference), groups.of_user(transaction.user_id)], message
    )


def push_sign_out(user_id: ObjectId) -> None:
    """Ask all sockets of the user whether their tokens are still valid.

    Raises what Redis raises.
    """
    _send_and_wait([groups.of_sockets(user_id)], {"type": "signed.out"})


def _send_and_wait(names: list[str], message: dict[str, object]) -> None:
    sending = asyncio.wait_for(_send(names, message), PUSH_TIMEOUT_S)
    asyncio.run_coroutine_threadsafe(sending, _loop()).result(2 * PUSH_TIMEOUT_S)


async def _send(names: list[str], message: dict[str, object]) -> None:
    layer = get_channel_layer()
    await asyncio.gather(*(layer.group_send(name, message) for name in names))


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """This process's event loop for pushes, which keeps the connections to Redis.

    A new loop for each push would have to connect each time, which costs more than the push.
    """
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="push", daemon=True).start()
    return loop


# A forked child inherits the loop but not its thread, so it makes its own.
os.register_at_fork(after_in_child=_loop.cache_clear)
