import pytest
from django.conf import settings
from kombu import Connection

from payflow.kernel import queues


@pytest.mark.parametrize("name", settings.QUEUES)
def test_a_dead_letter_reaches_its_queue_without_rabbitmq(name: str) -> None:
    """Published with the name of its live queue, it is in that queue's dead-letter queue."""
    queue = queues.dead("memory://")[name]

    with Connection("memory://") as connection:
        connection.Producer().publish(
            {}, exchange=queue.exchange, routing_key=name, declare=[queue]
        )
        message = queue.bind(connection.default_channel).get(no_ack=True)

    assert message is not None
