"""A bound on the calls of one vendor that the web requests of a process make at the same time.

A vendor that hangs then holds some threads of a web server, never all of them. Tasks have no such
bound: the number of worker processes is one already.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import BoundedSemaphore

from payflow.kernel.errors import VendorBusy

# A look-up is easily repeated, so it does not hold a thread for long to wait for its turn.
_LOOKUP_WAIT_S = 0.2
# A write may hold the customer's money already.
_WRITE_WAIT_S = 2.0

_customer_waits: ContextVar[bool] = ContextVar("customer_waits", default=False)


@contextmanager
def customer_waiting() -> Iterator[None]:
    """Inside, calls of vendors are made while a customer waits for the answer."""
    token = _customer_waits.set(True)
    try:
        yield
    finally:
        _customer_waits.reset(token)


def is_customer_waiting() -> bool:
    return _customer_waits.get()


class Bulkhead:
    """The places of one vendor in this process. Look-ups may take half of them, rounded down."""

    def __init__(self, vendor: str, places: int) -> None:
        self._vendor = vendor
        self._places = BoundedSemaphore(places)
        self._lookups = BoundedSemaphore(max(1, places // 2))

    @contextmanager
    def place(self, *, is_lookup: bool) -> Iterator[None]:
        """Hold a place inside. Outside of web requests nothing is held. Raises: VendorBusy."""
        if not is_customer_waiting():
            yield
            return
        with _held(self._lookups if is_lookup else None, self._vendor, _LOOKUP_WAIT_S):
            wait_s = _LOOKUP_WAIT_S if is_lookup else _WRITE_WAIT_S
            with _held(self._places, self._vendor, wait_s):
                yield


@contextmanager
def _held(places: BoundedSemaphore | None, vendor: str, wait_s: float) -> Iterator[None]:
    if places is None:
        yield
        return
    if not places.acquire(timeout=wait_s):
        raise VendorBusy(vendor=vendor)
    try:
        yield
    finally:
        places.release()
