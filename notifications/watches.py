"""What one socket follows, and which revision of each transaction it has seen.

A client gets each event once, in order, without a gap. This rule is separate from the socket, so
that it can be read and tested without one.
"""

from __future__ import annotations

from notifications.events import Event

# A customer's screen follows a few. The limit protects the channel layer.
MAX_REFERENCES = 50


class Watches:
    """The references that a socket joined, and the last revision that it was sent of each."""

    def __init__(self) -> None:
        self.references: set[str] = set()
        self.all = False
        self._seen: dict[str, int] = {}

    def last_seen(self, reference: str) -> int:
        return self._seen.get(reference, 0)

    def join(self, reference: str, *, after: int) -> None:
        """Follow a reference; the client has seen everything up to revision `after`."""
        self.references.add(reference)
        self._seen[reference] = after

    def leave(self, reference: str) -> None:
        self.references.discard(reference)
        if not self.all:
            self._seen.pop(reference, None)

    def follows(self, reference: str) -> bool:
        return self.all or reference in self.references

    def has_gap_before(self, event: Event) -> bool:
        """True if an event between the last one sent and this one is missing.

        A socket that follows `all` is not owed what came before the first event it gets.
        """
        reference = event["reference"]
        return reference in self._seen and event["seq"] > self._seen[reference] + 1

    def take(self, event: Event) -> bool:
        """True if the event is new to the client. It counts as sent then."""
        reference, seq = event["reference"], event["seq"]
        if seq <= self.last_seen(reference):
            return False
        self._seen[reference] = seq
        return True
