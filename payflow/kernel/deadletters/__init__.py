"""Dead letters: list, show, replay and discard the tasks that failed for the last time.

Works alike on RabbitMQ and on Redis. A replayed letter is removed only after its task was
published. A process that dies in between leaves the letter and the task, which is safe: a task
may run twice.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

from celery import current_app
from django.conf import settings

from payflow.kernel.counters import Counter
from payflow.kernel.deadletters import brokers
from payflow.kernel.deadletters.letter import Letter, to_printable
from payflow.kernel.failpoints import failpoint
from payflow.kernel.logs import request_id
from payflow.kernel.tasks import PayflowTask

__all__ = [
    "Letter",
    "LetterNotFound",
    "ReplayOutcome",
    "count_letters",
    "discard",
    "get_letters",
    "list_letters",
    "replay",
    "to_printable",
]

LETTERS_REPLAYED = Counter("dead_letters_replayed", "Dead letters published again.", ("queue",))
LETTERS_DISCARDED = Counter("dead_letters_discarded", "Dead letters discarded.", ("queue",))
# A search for one letter reads this many of each queue. On RabbitMQ they are held meanwhile.
SEARCH_LIMIT = 10_000


class LetterNotFound(Exception):
    """No letter with this id was found."""


class NotReplayable(Exception):
    """The letter cannot be published as a task; the message says why."""


@dataclass
class ReplayOutcome:
    """The letters that were published, and those that were not, each with the reason."""

    published: list[Letter] = field(default_factory=list)
    refused: list[tuple[Letter, str]] = field(default_factory=list)


def count_letters() -> dict[str, int]:
    """The number of dead letters of each live queue. Raises: OperationalError."""
    with brokers.connect() as connection:
        return {name: brokers.count(connection, name) for name in settings.QUEUES}


def list_letters(*, queue: str | None = None, limit: int) -> list[Letter]:
    """The oldest letters, up to `limit`. Removes none. Raises: OperationalError."""
    found: list[Letter] = []
    for name in _queue_names(queue):
        if len(found) < limit:
            found += [held.letter for held in _hold(name, limit - len(found))]
    return found


def get_letters(letter_id: str, *, queue: str | None = None) -> list[Letter]:
    """The letters with this id, usually one. Raises: LetterNotFound, OperationalError."""
    return [held.letter for held in _hold_matching(letter_id, queue)]


def replay(letter_id: str | None = None, *, queue: str | None = None) -> ReplayOutcome:
    """Publish the task of this letter, or of every letter, and then remove the letter.

    A letter that cannot be published stays. Raises: LetterNotFound, OperationalError; letters
    that were published before the error are replayed.
    """
    current_app.loader.import_default_modules()
    outcome = ReplayOutcome()
    for held in _hold_matching(letter_id, queue):
        try:
            _publish(held.letter)
        except NotReplayable as exc:
            outcome.refused.append((held.letter, str(exc)))
            continue
        held.remove()
        LETTERS_REPLAYED.add(held.letter.queue)
        outcome.published.append(held.letter)
    return outcome


def discard(letter_id: str | None = None, *, queue: str | None = None) -> int:
    """Remove this letter, or every letter, for good. Returns how many were removed.

    Raises: LetterNotFound, OperationalError.
    """
    count = 0
    for held in _hold_matching(letter_id, queue):
        held.remove()
        LETTERS_DISCARDED.add(held.letter.queue)
        count += 1
    return count


def _publish(letter: Letter) -> None:
    """Publish the letter's task to its live queue, with confirmation. Raises: NotReplayable."""
    if letter.flaw:
        raise NotReplayable(letter.flaw)
    task = current_app.tasks.get(letter.task)
    if not isinstance(task, PayflowTask):  # only a PayflowTask is sure to be safe to run twice
        raise NotReplayable(f"there is no task {letter.task}")
    token = request_id.set(letter.request_id)
    try:
        # A new message with the old id, whose attempts are counted from zero. The queue is named
        # because the routing key of a message that was delayed is not its live queue's.
        task.apply_async(tuple(letter.args), letter.kwargs, task_id=letter.id, queue=letter.queue)
        failpoint("after-publish", letter.task)
    except TypeError as exc:
        message = f"its arguments do not fit {letter.task}: {to_printable(exc)}"
        raise NotReplayable(message) from exc
    finally:
        request_id.reset(token)


def _hold_matching(letter_id: str | None, queue: str | None) -> Iterator[brokers.HeldLetter]:
    """Every letter with this id; every letter if no id is given. Raises: LetterNotFound."""
    found = letter_id is None
    for name in _queue_names(queue):
        for held in _hold(name, sys.maxsize if letter_id is None else SEARCH_LIMIT):
            if letter_id in (None, held.letter.id):
                found = True
                yield held
    if not found:
        raise LetterNotFound(letter_id)


def _hold(name: str, limit: int) -> Iterator[brokers.HeldLetter]:
    with (
        brokers.connect() as connection,
        closing(brokers.hold(connection, name, limit)) as letters,
    ):
        yield from letters


def _queue_names(queue: str | None) -> tuple[str, ...]:
    return settings.QUEUES if queue is None else (queue,)
