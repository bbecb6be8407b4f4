"""The same work in several threads at the same time."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import TypeVar

T = TypeVar("T")


def run_together(count: int, work: Callable[[int], T]) -> list[T]:
    """The results of work(0) to work(count - 1), all started together.

    Raises: what one of them raised, when all have ended.
    """
    results: dict[int, T] = {}
    errors: list[BaseException] = []
    barrier = Barrier(count)

    def run(number: int) -> None:
        barrier.wait()
        try:
            results[number] = work(number)
        except BaseException as exc:
            errors.append(exc)

    threads = [Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return [results[number] for number in range(count)]
