"""What the simulated VTpass stores: purchases, orders it turned away, the float, its plans.

Amounts are kobo. Times are the texts of `format_timestamp`.
"""

from dataclasses import dataclass

from dev.sandbox.wire import Json

INITIATED = "initiated"
PENDING = "pending"
DELIVERED = "delivered"
FAILED = "failed"
REVERSED = "reversed"

# While a purchase is in one of these our float stays debited; the others credit it back.
CHARGED = (INITIATED, PENDING, DELIVERED)
UNDECIDED = (INITIATED, PENDING)


@dataclass(frozen=True, kw_only=True)
class Purchase:
    """One accepted order; `id` is the merchant's request_id.

    planned: how it will end at due_at; None where nobody knows yet.
    attempts, requeries: the calls that named it.
    """

    id: str
    service_id: str
    recipient: str
    variation_code: str | None
    amount_kobo: int
    commission_kobo: int
    status: str
    transaction_id: str
    created_at: str
    planned: str | None = None
    due_at: str | None = None
    wallet_credit_id: str | None = None
    attempts: int = 1
    requeries: int = 0

    @property
    def total_kobo(self) -> int:
        """What the vendor takes from the float: its commission is a discount."""
        return self.amount_kobo - self.commission_kobo

    @property
    def debited_kobo(self) -> int:
        """What it has taken and not given back."""
        return self.total_kobo if self.status in CHARGED else 0


@dataclass(frozen=True, kw_only=True)
class Rejection:
    """An order turned away whose request_id is remembered: requery repeats the code."""

    id: str
    code: str
    service_id: str
    recipient: str
    amount_kobo: int
    created_at: str
    attempts: int = 1


@dataclass(frozen=True, kw_only=True)
class Funds:
    """The float before any purchase; there is one such document."""

    id: str
    kobo: int


@dataclass(frozen=True, kw_only=True)
class DataPlans:
    """The variations of one service once a control call has changed them; `id` is its serviceID.

    A plan has `variation_code`, `name` and `amount_kobo`; a code may occur more than once.
    """

    id: str
    plans: list[Json]
