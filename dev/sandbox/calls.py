"""The log of API calls a vendor received, the last thousand of them."""

from collections import deque
from dataclasses import asdict, dataclass

from dev.sandbox.wire import Json


@dataclass
class Call:
    """One call; `status` is None while it runs and when it was dropped before being processed.

    With a fault that loses the answer, `status` is that of the answer the caller never saw.
    """

    time: str
    vendor: str
    endpoint: str
    method: str
    path: str
    reference: str | None
    status: int | None = None
    fault: str | None = None


class CallLog:
    """Bounded, oldest first."""

    def __init__(self, limit: int = 1_000) -> None:
        self._calls: deque[Call] = deque(maxlen=limit)

    def add(self, call: Call) -> Call:
        self._calls.append(call)
        return call

    def clear(self) -> None:
        self._calls.clear()

    def shown(self, reference: str | None = None) -> list[Json]:
        return [asdict(call) for call in self._calls if reference in (None, call.reference)]
