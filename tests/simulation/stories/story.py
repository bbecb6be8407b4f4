"""What all stories share."""

from __future__ import annotations

from tests.simulation.world import World
from tests.support.people import Customer
from tests.support.vendor import Vendor
from wallets.ledger.documents import Transaction


class Story:
    """One request of a customer, with one idempotency key, and what the vendor does with it."""

    type: str

    def __init__(self, world: World, vendor: Vendor, customer: Customer, key: str) -> None:
        self.world, self.vendor, self.customer, self.key = world, vendor, customer, key
        world.client(type(self).__name__, self.live)
        world.decide.append(self.decide)

    def transactions(self) -> list[Transaction]:
        """The transaction that was made, whether the client got an answer or not: at most one."""
        key = f"{self.customer.user.pk}:{self.type}:{self.key}"
        found = list(Transaction.objects(idempotency_key=key))
        assert len(found) <= 1
        return found

    def live(self) -> None:
        """What the client does, and what the vendor does then."""

    def decide(self) -> None:
        """Let the vendor decide all that is pending there."""

    def check(self) -> None:
        """Raises: AssertionError."""

    def _record(self, what: str) -> None:
        """A change that the vendor made, for the trace and for the counts."""
        self.world.scheduler.record(f"vendor: {what}")
