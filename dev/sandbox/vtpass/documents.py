"""The documents of the simulated VTpass: purchases, rejected orders, the float, data plans.

Amounts are kobo. Times are the texts of `format_timestamp`.
"""

from dataclasses import dataclass

from dev.sandbox.wire import Json

INITIATED = "initiated"
PENDING = "pending"
DELIVERED = "delivered"
FAILED = "failed"
REVERSED = "reversed"

# The float is debited while a purchase has one of these statuses; the others credit it back.
CHARGED = (INITIATED, PENDING, DELIVERED)
UNDECIDED = (INITIATED, PENDING)


@dataclass(frozen=True, kw_only=True)
class Purchase:
    """One accepted order; `id` is the merchant's request_id.

    planned: its status from due_at on; None: only a control call ends it.
    attempts, requeries: numbers of pay and requery calls with its id.
    fee_kobo: the convenience fee on top of the amount.
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
    fee_kobo: int = 0

    @property
    def total_kobo(self) -> int:
        """The debit of the float: amount and fee, less the commission, which is a discount.

        Source: tests/recorded/vtpass/vtp-pay-tv-showmax-fee-2025.json
        """
        return self.amount_kobo + self.fee_kobo - self.commission_kobo

    @property
    def debited_kobo(self) -> int:
        """The present debit of the float: zero if it was credited back."""
        return self.total_kobo if self.status in CHARGED else 0


@dataclass(frozen=True, kw_only=True)
class Rejection:
    """A rejected order. Requery answers its request_id with the same code."""

    id: str
    code: str
    service_id: str
    recipient: str
    amount_kobo: int
    created_at: str
    attempts: int = 1


@dataclass(frozen=True, kw_only=True)
class DataPlans:
    """The plans of one service after a control call changed them; `id` is its serviceID.

    A plan has `variation_code`, `name` and `amount_kobo`; a code may occur more than once.
    """

    id: str
    plans: list[Json]
