"""What one socket follows, and how far it has seen each transaction.

Kept apart from the socket so that the rule (each event once, in order, without a gap) can be
read and tested by itself.
"""

from __future__ import annotations

from notifications.events import Event

# A customer's screen follows a handful; a bound keeps a socket from becoming a way to use
# up the channel layer.
MAX_REFERENCES = 50


class Watches:
    """References that a socket joined, and the last seq it was sent of each."""

    def __init__(self) -> None:
        self.references: set[str] = set()
        self.all = False
        self._seen: dict[str, int] = {}

    def last_seen(self, reference: str) -> int:
        return self._seen.get(reference, 0)

    def join(self, reference: str, *, after: int) -> None:
        """Follow a reference of which the client has seen everything up to `after`."""
        self.references.add(reference)
        self._seen[reference] = after

    def leave(self, reference: str) -> None:
        self.references.discard(reference)
        if not self.all:
            self._seen.pop(reference, None)

    def follows(self, reference: str) -> bool:
        return self.all or reference in self.references

    def has_gap_before(self, event: Event) -> bool:
        """Whether something between the last event sent and this one never came.

        Of a transaction first heard of through `all`, what came before is not owed.
        """
        reference = event["reference"]
        return reference in self._seen and event["seq"] > self._seen[reference] + 1

    def take(self, event: Event) -> bool:
        """Whether the event is new to the client; it counts as sent then."""
        reference, seq = event["reference"], event["seq"]
        if seq <= self.last_seen(reference):
            return False
        self._seen[reference] = seq
        return True
