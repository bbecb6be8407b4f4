"""What an operator does with dead letters: look, replay, discard. On RabbitMQ and Redis alike.

A letter is removed last, after its task is published or a person said so. To die in between
leaves both, which is safe: a task may run twice.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

from celery import current_app
from django.conf import settings

from payflow.kernel.counters import Counter
from payflow.kernel.deadletters import shelves
from payflow.kernel.deadletters.letter import Letter, printable
from payflow.kernel.failpoints import failpoint
from payflow.kernel.logs import request_id
from payflow.kernel.tasks import PayflowTask

__all__ = [
    "Letter",
    "LetterNotFound",
    "Replayed",
    "depths",
    "discard",
    "find",
    "letters",
    "printable",
    "replay",
]

REPLAYED = Counter("dead_letters_replayed", "Dead letters published again.", ("queue",))
DISCARDED = Counter("dead_letters_discarded", "Dead letters thrown away.", ("queue",))
# How many of a queue are searched for one letter, which on RabbitMQ are held meanwhile.
SEARCHED = 10_000


class LetterNotFound(Exception):
    """No letter of that id lies where we looked."""


class NotATask(Exception):
    """Nothing can be published for this letter; says why."""


@dataclass
class Replayed:
    """What became of the letters. Each refused one is still there, and has its reason."""

    published: list[Letter] = field(default_factory=list)
    refused: list[tuple[Letter, str]] = field(default_factory=list)


def depths() -> dict[str, int]:
    """How many letters each live queue has. Raises: OperationalError."""
    with shelves.connected() as connection:
        return {name: shelves.depth(connection, name) for name in settings.QUEUES}


def letters(*, queue: str | None = None, most: int) -> list[Letter]:
    """The oldest letters, up to `most` of them; all stay. Raises: OperationalError."""
    found: list[Letter] = []
    for name in _names(queue):
        if len(found) < most:
            found += [held.letter for held in _walk(name, most - len(found))]
    return found


def find(letter_id: str, *, queue: str | None = None) -> list[Letter]:
    """The letters of this id, usually one. Raises: LetterNotFound, OperationalError."""
    return [held.letter for held in _walk_to(letter_id, queue)]


def replay(letter_id: str | None = None, *, queue: str | None = None) -> Replayed:
    """The task of this letter, or of every one, is published, and then the letter removed.

    Raises: LetterNotFound, OperationalError; what was published until then is replayed.
    """
    current_app.loader.import_default_modules()
    outcome = Replayed()
    for held in _walk_to(letter_id, queue):
        try:
            _publish(held.letter)
        except NotATask as exc:
            outcome.refused.append((held.letter, str(exc)))
            continue
        held.remove()
        REPLAYED.add(held.letter.queue)
        outcome.published.append(held.letter)
    return outcome


def discard(letter_id: str | None = None, *, queue: str | None = None) -> int:
    """This letter, or every one, is gone for good; how many that were.

    Raises: LetterNotFound, OperationalError.
    """
    count = 0
    for held in _walk_to(letter_id, queue):
        held.remove()
        DISCARDED.add(held.letter.queue)
        count += 1
    return count


def _publish(letter: Letter) -> None:
    """The broker has confirmed the letter's task, on the live queue. Raises: NotATask."""
    if letter.flaw:
        raise NotATask(letter.flaw)
    task = current_app.tasks.get(letter.task)
    if not isinstance(task, PayflowTask):  # others do not promise to be safe to run twice
        raise NotATask(f"there is no task {letter.task}")
    token = request_id.set(letter.request_id)
    try:
        # A new message of the old id, its attempts counted anew. The queue is named: the
        # routing key of one that was once delayed is not the live queue's.
        task.apply_async(tuple(letter.args), letter.kwargs, task_id=letter.id, queue=letter.queue)
        failpoint("after-publish", letter.task)
    except TypeError as exc:
        raise NotATask(f"its arguments are not {letter.task}'s: {printable(exc)}") from exc
    finally:
        request_id.reset(token)


def _walk_to(letter_id: str | None, queue: str | None) -> Iterator[shelves.Held]:
    """Every letter of this id; without one, every letter that lies there now."""
    found = letter_id is None
    for name in _names(queue):
        for held in _walk(name, sys.maxsize if letter_id is None else SEARCHED):
            if letter_id in (None, held.letter.id):
                found = True
                yield held
    if not found:
        raise LetterNotFound(letter_id)


def _walk(name: str, most: int) -> Iterator[shelves.Held]:
    with (
        shelves.connected() as connection,
        closing(shelves.held(connection, name, most)) as walk,
    ):
        yield from walk


def _names(queue: str | None) -> tuple[str, ...]:
    return settings.QUEUES if queue is None else (queue,)
