"""The queues: their names, and how each is declared on RabbitMQ and on the embedded broker.

Each queue has a dead-letter queue, `<name>.dead`. On RabbitMQ all are quorum queues; a
message that keeps killing its worker runs into the delivery limit and is dead-lettered by
the broker. Exchanges are of type topic: native delayed delivery works through no other.
Source: Celery user guide, "Using RabbitMQ", native delayed delivery, read 2026-11-23.
"""

from __future__ import annotations

from kombu import Exchange, Queue

WALLET_EVENTS = "wallet.events"
AIRTIME_REQUERY = "airtime.requery"
RECONCILIATION = "reconciliation"
NOTIFICATIONS = "notifications"
NAMES = (WALLET_EVENTS, AIRTIME_REQUERY, RECONCILIATION, NOTIFICATIONS)

# How often the broker hands out one message before it takes it for poison.
DELIVERY_LIMIT = 10
_EXCHANGE = Exchange("payflow", type="topic", durable=True)
_DEAD_EXCHANGE = Exchange("payflow.dead", type="topic", durable=True)


def live(broker_url: str) -> list[Queue]:
    """The queues that workers consume."""
    arguments: dict[str, object] = {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": _DEAD_EXCHANGE.name,
        # The default, at most once, could lose a dead letter on its way.
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    return [_queue(name, name, _EXCHANGE, arguments, broker_url) for name in NAMES]


def dead(broker_url: str) -> dict[str, Queue]:
    """The dead-letter queue of each live queue, by the live one's name."""
    arguments: dict[str, object] = {"x-queue-type": "quorum"}
    # On RabbitMQ a message that was once delayed carries the delay in front of its routing key.
    # Elsewhere `#.` would ask for something in front, and a dead letter would match nothing.
    prefix = "#." if is_rabbitmq(broker_url) else ""
    return {
        name: _queue(f"{name}.dead", f"{prefix}{name}", _DEAD_EXCHANGE, arguments, broker_url)
        for name in NAMES
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
