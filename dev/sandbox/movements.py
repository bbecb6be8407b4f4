"""The movements of a merchant's balance at a vendor, in the order in which they happened.

A movement belongs to one vendor object, such as a payment or a purchase. The balance is the sum of
the movements, so a statement always adds up to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from dev.sandbox.journal import Journal, Store
from dev.sandbox.units import Clock
from dev.sandbox.wire import Json


@dataclass(frozen=True, kw_only=True)
class Movement:
    """One change of a balance: money in is positive, money out negative.

    kind: what moved the money, such as `refund`. object_id: the vendor object that it belongs to.
    """

    id: int
    kind: str
    object_id: int | str
    reference: str
    currency: str
    amount_kobo: int
    before_kobo: int
    created_at: str

    @property
    def after_kobo(self) -> int:
        return self.before_kobo + self.amount_kobo


class Movements:
    """All movements of one merchant. starting_kobo: the balance in naira before the first one."""

    def __init__(
        self, *, journal: Journal, name: str, clock: Clock, starting_kobo: int, ids_from: int = 0
    ) -> None:
        self._clock = clock
        self._starting_kobo = {"NGN": starting_kobo}
        self._movements = Store(
            journal,
            name,
            Movement,
            key=lambda each: (each.kind, each.object_id),
            ids_from=ids_from,
        )

    def settle(
        self,
        kind: str,
        object_id: int | str,
        *,
        target_kobo: int,
        reference: str,
        currency: str = "NGN",
    ) -> None:
        """Move what is missing, so that the object's movements of this kind add up to the target.

        Without a difference nothing is written.
        """
        moved_kobo = sum(
            each.amount_kobo for each in self._movements.find_by_key((kind, object_id))
        )
        if target_kobo != moved_kobo:
            self._movements.put(
                Movement(
                    id=self._movements.next_id(),
                    kind=kind,
                    object_id=object_id,
                    reference=reference,
                    currency=currency,
                    amount_kobo=target_kobo - moved_kobo,
                    before_kobo=self.compute_balance_kobo(currency),
                    created_at=self._clock.now_text(),
                )
            )

    def compute_balance_kobo(self, currency: str = "NGN") -> int:
        for each in self._movements.newest_first():
            if each.currency == currency:
                return each.after_kobo
        return self._starting_kobo.get(currency, 0)

    def compute_balances_kobo(self) -> Mapping[str, int]:
        """The balance of each currency that ever moved; naira is always listed."""
        last = {each.currency: each.after_kobo for each in self._movements}
        return self._starting_kobo | last

    def list_oldest_first(self) -> list[Movement]:
        return list(self._movements)


def build_movement_line(movement: Movement) -> Json:
    """The movement in a vendor's books."""
    return {
        "kind": movement.kind,
        "object_id": movement.object_id,
        "reference": movement.reference,
        "currency": movement.currency,
        "amount_kobo": movement.amount_kobo,
        "after_kobo": movement.after_kobo,
        "created_at": movement.created_at,
    }
