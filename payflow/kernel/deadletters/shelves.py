"""Where dead letters lie: how each broker lets one look at them and take one away.

To look must never lose a letter, whenever the one who looks is killed.
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

# RabbitMQ counts how often it handed a message out, and from version 4 on drops one after 20
# times, be it only looked at. A letter that was seen so often gives way to a fresh copy.
RENEW_AFTER = 10
_COUNT = "x-delivery-count"
_CHUNK = 100


class Held(NamedTuple):
    """A letter that stays where it is unless it is removed."""

    letter: Letter
    remove: Callable[[], object]


@contextmanager
def connected() -> Iterator[Any]:
    """Raises: OperationalError, when the broker is away."""
    with current_app.connection_for_write(connect_timeout=2) as connection:
        connection.ensure_connection(max_retries=1, timeout=2)
        yield connection


def depth(connection: Any, name: str) -> int:
    """How many letters of this live queue lie there, but for those that somebody holds."""
    dead = queues.dead_letter_queues(settings.RABBITMQ_URL)[name]
    if not queues.is_rabbitmq(settings.RABBITMQ_URL):
        with connection.default_channel.conn_or_acquire() as client:
            return int(client.llen(dead.name))
    with closing(connection.channel()) as channel:
        return _ready(connection, dead.bind(channel))


def held(connection: Any, name: str, most: int) -> Generator[Held]:
    """The oldest letters of this live queue, which nobody else holds. Close it when done."""
    if queues.is_rabbitmq(settings.RABBITMQ_URL):
        return _in_rabbitmq(connection, name, most)
    return _in_redis(connection, name, most)


def _in_rabbitmq(connection: Any, name: str, most: int) -> Generator[Held]:
    """Handed out without acknowledgement, all on one channel: the broker takes back what was
    not removed when that closes, by us or by our end."""
    with closing(connection.channel()) as channel:
        queue = queues.dead_letter_queues(settings.RABBITMQ_URL)[name].bind(channel)
        # So many and no more: what is renewed comes again at the end.
        for _ in range(min(most, _ready(connection, queue))):
            if (message := queue.get(no_ack=False)) is None:
                return
            yield Held(_letter(message, name), message.ack)
            if not message.acknowledged and _deliveries(message) >= RENEW_AFTER:
                _renew(connection, queue, message)


def _deliveries(message: Any) -> int:
    return int((message.headers or {}).get(_COUNT, 0))


def _ready(connection: Any, queue: Any) -> int:
    try:
        return int(queue.queue_declare(passive=True).message_count)
    except connection.channel_errors:  # no worker was ever here to declare it
        return 0


def _renew(connection: Any, queue: Any, message: Any) -> None:
    """Confirmed before the old one goes. To die between leaves the same letter twice."""
    with closing(connection.channel()) as channel:
        connection.Producer(channel).publish(
            message.body,
            exchange="",
            routing_key=queue.name,
            content_type=message.content_type or "application/octet-stream",
            content_encoding=message.content_encoding,
            headers={key: value for key, value in message.headers.items() if key != _COUNT},
            delivery_mode="persistent",
        )
    message.ack()


def _in_redis(connection: Any, name: str, most: int) -> Generator[Held]:
    """Seen where they lie: kombu pops a message before it notes it as unacknowledged, and a
    process that died between the two would lose it."""
    channel = connection.default_channel
    key = queues.dead_letter_queues(settings.RABBITMQ_URL)[name].name
    with channel.conn_or_acquire() as client:
        kept = seen = 0
        most = min(most, client.llen(key))
        while seen < most:
            # The oldest are on the right, where the removed ones no longer count.
            chunk = client.lrange(key, -(kept + min(_CHUNK, most - seen)), -(kept + 1))
            for item in reversed(chunk):
                removed: list[object] = []

                def remove(item: bytes = item, removed: list[object] = removed) -> None:
                    removed.append(client.lrem(key, -1, item))

                yield Held(_letter_in(channel, item, name), remove)
                kept += not removed
            seen += len(chunk)
            if not chunk:
                return


def _letter_in(channel: Any, item: bytes, name: str) -> Letter:
    try:
        return _letter(channel.message_to_python(json.loads(item)), name)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        # Nothing that kombu wrote.
        return read(queue=name, body=item, content_type="unknown", headers={})


def _letter(message: Any, name: str) -> Letter:
    return read(
        queue=name,
        body=message.body or b"",
        content_type=message.content_type,
        headers=message.headers or {},
    )
