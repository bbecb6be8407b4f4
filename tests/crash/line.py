"""Who takes tasks: handed from one worker to another while both run, by remote control.

Workers take seconds to start, and only the one that is to die may take what it is to die of.
"""

from __future__ import annotations

from celery import Celery
from django.conf import settings

from payflow.kernel import queues

_ANSWER_S = 20.0
# Where a worker waits that takes nothing yet: these tasks exist only while Valkey is away.
IDLE = "notifications"
_TAKEN = [name for name in settings.QUEUES if name != IDLE]


class Line:
    """One broker's workers, each by its node name."""

    def __init__(self, broker_url: str) -> None:
        self._app = Celery("line", broker=broker_url, set_as_current=False)
        self._app.conf.update(
            task_queues=queues.live_queues(broker_url), task_create_missing_queues=False
        )

    def take(self, node: str) -> None:
        """This worker takes tasks from now on. Raises: AssertionError, where it does not answer."""
        self._order("add_consumer", node)

    def leave(self, node: str) -> None:
        """This worker finishes what it has, and takes no more."""
        self._order("cancel_consumer", node)

    def send(self, task: str, queue: str, **kwargs: str) -> None:
        """A task, as beat or a sweep would publish it."""
        self._app.send_task(task, kwargs=kwargs, queue=queue)

    def close(self) -> None:
        self._app.close()

    def _order(self, command: str, node: str) -> None:
        for queue in _TAKEN:
            order = getattr(self._app.control, command)
            answers = order(queue, destination=[node], reply=True, timeout=_ANSWER_S)
            assert answers, f"{node} did not answer to {command}"
