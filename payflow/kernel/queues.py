"""The declaration of each queue of settings.QUEUES, on RabbitMQ and on the embedded broker.

Each queue has a dead-letter queue, `<name>.dead`. On RabbitMQ all are quorum queues, and the
broker dead-letters a message that reaches the delivery limit because it keeps killing its
worker. Exchanges are of type topic, the only type that delays messages natively.
Source: Celery user guide, "Using RabbitMQ", native delayed delivery, read 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from kombu import Exchange, Queue

# How often the broker delivers one message before it dead-letters it.
DELIVERY_LIMIT = 10
_EXCHANGE = Exchange("payflow", type="topic", durable=True)
_DEAD_EXCHANGE = Exchange("payflow.dead", type="topic", durable=True)


def live_queues(broker_url: str, names: Sequence[str] | None = None) -> list[Queue]:
    """The queues that workers consume: those of the settings, unless `names` says otherwise."""
    arguments: dict[str, object] = {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": _DEAD_EXCHANGE.name,
        # The default, "at most once", could lose a dead letter.
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    names = settings.QUEUES if names is None else names
    return [_queue(name, name, _EXCHANGE, arguments, broker_url) for name in names]


def dead_letter_queues(broker_url: str) -> dict[str, Queue]:
    """The dead-letter queue of each live queue, by the name of the live queue."""
    arguments: dict[str, object] = {"x-queue-type": "quorum"}
    # RabbitMQ puts the delay of a delayed message in front of its routing key. On Redis kombu
    # does not match `#.name` with `name`, so the prefix would lose every dead letter.
    prefix = "#." if is_rabbitmq(broker_url) else ""
    return {
        name: _queue(f"{name}.dead", f"{prefix}{name}", _DEAD_EXCHANGE, arguments, broker_url)
        for name in settings.QUEUES
    }


def is_rabbitmq(broker_url: str) -> bool:
    return broker_url.startswith("amqp")


def _queue(
    name: str, routing_key: str, exchange: Exchange, arguments: dict[str, object], broker_url: str
) -> Queue:
    return Queue(
        name,
        exchange,
        routing_key=routing_key,
        durable=True,
        queue_arguments=arguments if is_rabbitmq(broker_url) else None,
    )
