"""How RabbitMQ and Redis keep dead letters: counting, reading and removing them.

Reading never loses a letter, even if the process that reads is killed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from typing import Any, NamedTuple

from celery import current_app
from django.conf import settings

from payflow.kernel import queues
from payflow.kernel.deadletters.letter import Letter, read

# RabbitMQ counts how often it delivers a message, and every reading counts. From version 4 on it
# drops a message after 20 deliveries. So a letter that was read this often is replaced by a copy.
RENEW_AFTER = 10
_DELIVERY_COUNT = "x-delivery-count"
_CHUNK = 100


class HeldLetter(NamedTuple):
    """A letter that stays in its queue unless remove() is called."""

    letter: Letter
    remove: Callable[[], object]


@contextmanager
def connect() -> Iterator[Any]:
    """A connection to the broker. Raises: OperationalError, if the broker is away."""
    with current_app.connection_for_write(connect_timeout=2) as connection:
        connection.ensure_connection(max_retries=1, timeout=2)
        yield connection


def count(connection: Any, name: str) -> int:
    """The number of dead letters of this live queue, without those that another process holds."""
    dead = queues.dead_letter_queues(settings.RABBITMQ_URL)[name]
    if not queues.is_rabbitmq(settings.RABBITMQ_URL):
        with connection.default_channel.conn_or_acquire() as client:
            return int(client.llen(dead.name))
    with closing(connection.channel()) as channel:
        return _count_ready(connection, dead.bind(channel))


def hold(connection: Any, name: str, limit: int) -> Generator[HeldLetter]:
    """The oldest dead letters of this live queue that no other process holds, up to `limit`.

    Close the generator when done: that gives back the letters that were not removed.
    """
    if queues.is_rabbitmq(settings.RABBITMQ_URL):
        return _hold_in_rabbitmq(connection, name, limit)
    return _read_in_redis(connection, name, limit)


def _hold_in_rabbitmq(connection: Any, name: str, limit: int) -> Generator[HeldLetter]:
    """Get the letters without acknowledging them, on one channel.

    When the channel closes, or this process dies, the broker puts back what was not removed.
    """
    with closing(connection.channel()) as channel:
        queue = queues.dead_letter_queues(settings.RABBITMQ_URL)[name].bind(channel)
        # The count is taken once: copies are added at the end and must not be read again.
        for _ in range(min(limit, _count_ready(connection, queue))):
            if (message := queue.get(no_ack=False)) is None:
                return
            yield HeldLetter(_read_message(message, name), message.ack)
            if not message.acknowledged and _count_deliveries(message) >= RENEW_AFTER:
                _renew(connection, queue, message)


def _count_deliveries(message: Any) -> int:
    return int((message.headers or {}).get(_DELIVERY_COUNT, 0))


def _count_ready(connection: Any, queue: Any) -> int:
    try:
        return int(queue.queue_declare(passive=True).message_count)
    except connection.channel_errors:  # no worker has declared the queue yet
        return 0


def _renew(connection: Any, queue: Any, message: Any) -> None:
    """Replace the message by a copy whose deliveries are counted from zero.

    The broker confirms the copy before the old message is removed. A process that dies in
    between leaves the letter twice.
    """
    with closing(connection.channel()) as channel:
        connection.Producer(channel).publish(
            message.body,
            exchange="",
            routing_key=queue.name,
            content_type=message.content_type or "application/octet-stream",
            content_encoding=message.content_encoding,
            headers={
                key: value for key, value in message.headers.items() if key != _DELIVERY_COUNT
            },
            delivery_mode="persistent",
        )
    message.ack()


def _read_in_redis(connection: Any, name: str, limit: int) -> Generator[HeldLetter]:
    """Read the letters without taking them from the list.

    Kombu takes a message from the list before it records it as unacknowledged. A process that
    died in between would lose the letter.
    """
    channel = connection.default_channel
    key = queues.dead_letter_queues(settings.RABBITMQ_URL)[name].name
    with channel.conn_or_acquire() as client:
        kept = seen = 0
        limit = min(limit, client.llen(key))
        while seen < limit:
            # The oldest letters are on the right. Removed letters no longer count there.
            chunk = client.lrange(key, -(kept + min(_CHUNK, limit - seen)), -(kept + 1))
            for item in reversed(chunk):
                removed: list[object] = []

                def remove(item: bytes = item, removed: list[object] = removed) -> None:
                    removed.append(client.lrem(key, -1, item))

                yield HeldLetter(_read_item(channel, item, name), remove)
                kept += not removed
            seen += len(chunk)
            if not chunk:
                return


def _read_item(channel: Any, item: bytes, name: str) -> Letter:
    try:
        return _read_message(channel.message_to_python(json.loads(item)), name)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        # Kombu did not write this item.
        return read(queue=name, body=item, content_type="unknown", headers={})


def _read_message(message: Any, name: str) -> Letter:
    return read(
        queue=name,
        body=message.body or b"",
        content_type=message.content_type,
        headers=message.headers or {},
    )
