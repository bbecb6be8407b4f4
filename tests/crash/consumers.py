"""Which worker takes tasks: switched by remote control while all workers run.

A worker takes seconds to start, and only the one that is to die may take the task of its cell.
"""

from __future__ import annotations

from celery import Celery

from payflow.kernel import queues
from payflow.settings.queues import QUEUES

_ANSWER_S = 10.0
# A worker on a busy machine may leave an order unanswered. To repeat an order is safe.
_ORDERS = 4
# The queue of a worker that is to take nothing yet: tasks arrive here only while Valkey is away.
IDLE = "notifications"
_TAKEN = [name for name in QUEUES if name != IDLE]


class Consumers:
    """The workers of one broker, each by its node name."""

    def __init__(self, broker_url: str) -> None:
        self._app = Celery("consumers", broker=broker_url, set_as_current=False)
        self._app.conf.update(
            task_queues=queues.live_queues(broker_url, QUEUES), task_create_missing_queues=False
        )

    def start(self, node: str) -> None:
        """This worker takes tasks from now on. Raises: AssertionError if it does not answer."""
        self._order("add_consumer", node)

    def stop(self, node: str) -> None:
        """This worker finishes the tasks it has, and takes no more."""
        self._order("cancel_consumer", node)

    def send(self, task: str, queue: str, **kwargs: str) -> None:
        """Publish a task as beat or a sweep would."""
        self._app.send_task(task, kwargs=kwargs, queue=queue)

    def close(self) -> None:
        self._app.close()

    def _order(self, command: str, node: str) -> None:
        for queue in _TAKEN:
            order = getattr(self._app.control, command)
            answered = any(
                order(queue, destination=[node], reply=True, timeout=_ANSWER_S)
                for _ in range(_ORDERS)
            )
            assert answered, f"{node} did not answer to {command}"
