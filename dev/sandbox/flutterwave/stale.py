"""Answers that contradict the webhooks: the API shows an old status of a payment or a transfer."""

from dataclasses import dataclass, replace
from typing import TypeVar

from dev.sandbox.flutterwave.documents import Transaction, Transfer
from dev.sandbox.wire import Json

D = TypeVar("D", Transaction, Transfer)


@dataclass
class _Stale:
    status: str
    times: int


class StaleAnswers:
    """The objects whose next answers are stale, by their id."""

    def __init__(self) -> None:
        self._by_id: dict[int, _Stale] = {}

    def arm(self, object_id: int, *, status: str, times: int) -> None:
        """Show the status in the next `times` answers about this object."""
        self._by_id[object_id] = _Stale(status, times)

    def clear(self) -> None:
        self._by_id.clear()

    def show(self, document: D) -> D:
        """The document as the API shows it now. Uses one of the stale answers about it."""
        stale = self._by_id.get(document.id)
        if stale is None or not stale.times:
            return document
        stale.times -= 1
        changes: Json = {"status": stale.status}
        if isinstance(document, Transfer):
            changes["complete_message"] = ""
        return replace(document, **changes)
