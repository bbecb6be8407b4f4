"""What moves the merchant's balance at the simulated Flutterwave, and by how much.

Every vendor object is booked here after each change of its status; the movements that result are
the wallet statement. Source of the fees: docs/vendors/flutterwave.md, sections 3 and 4.
"""

from dataclasses import dataclass, replace

from dev.sandbox import checks
from dev.sandbox.flutterwave.amounts import compute_duty_kobo, compute_vat_kobo
from dev.sandbox.flutterwave.documents import (
    MOVEMENT_IDS_FROM,
    SUCCESSFUL,
    TRANSFER_FAILED,
    Chargeback,
    Refund,
    Transaction,
    Transfer,
)
from dev.sandbox.journal import Journal
from dev.sandbox.movements import Movements
from dev.sandbox.units import Clock
from dev.sandbox.wire import Json

# The first balance, so that payouts need no collections before them.
STARTING_KOBO = 1_000_000_000_00


@dataclass(frozen=True, kw_only=True)
class MoneyPolicy:
    """vat: the fee of a collection is taxed. duty: transfers cost stamp duty."""

    vat: bool = True
    duty: bool = False

    def with_changes(self, wanted: Json) -> "MoneyPolicy":
        """A copy with the wanted fields. Raises: Refusal 400, which names the allowed values."""
        new = {
            checks.check_choice("field", name, ("vat", "duty")): checks.check_flag(name, value)
            for name, value in wanted.items()
        }
        return replace(self, **new)


class Money:
    """The movements of the balance, and the policy of taxes. Each `book_*` may be repeated."""

    def __init__(self, *, clock: Clock, journal: Journal) -> None:
        self.policy = MoneyPolicy()
        self.movements = Movements(
            journal=journal,
            name="flutterwave.movement",
            clock=clock,
            starting_kobo=STARTING_KOBO,
            ids_from=MOVEMENT_IDS_FROM,
        )

    def compute_vat_kobo(self, fee_kobo: int) -> int:
        return compute_vat_kobo(fee_kobo) if self.policy.vat else 0

    def compute_duty_kobo(self, amount_kobo: int) -> int:
        return compute_duty_kobo(amount_kobo) if self.policy.duty else 0

    def book_payment(self, transaction: Transaction) -> None:
        """Only a successful payment is in the balance. With it the vendor gives back its fee."""
        paid = transaction.status == SUCCESSFUL
        self._settle(transaction, "payment", transaction.amount_kobo if paid else 0)
        taken_kobo = transaction.fee_kobo + transaction.vat_kobo if paid else 0
        self._settle(transaction, "payment_fee", -taken_kobo)

    def book_refund(self, refund: Refund) -> None:
        """Assumed: the balance is debited when the refund is made, and credited if it fails."""
        self._settle(refund, "refund", -refund.taken_kobo)

    def book_chargeback(self, chargeback: Chargeback) -> None:
        """An open chargeback moves nothing: its lien only reduces the available balance."""
        self._settle(chargeback, "chargeback", -chargeback.taken_kobo)

    def book_transfer(self, transfer: Transfer) -> None:
        """A transfer is debited when it is accepted; amount, fee and duty come back if it fails.

        Assumed: the duty is a separate movement. No page of the vendor says how it is taken.
        """
        if transfer.currency != "NGN":
            return
        sign = 0 if transfer.status == TRANSFER_FAILED else -1
        reference = transfer.reference
        for kind, kobo in (
            ("transfer", transfer.amount_kobo),
            ("transfer_fee", transfer.fee_kobo),
            ("stamp_duty", transfer.duty_kobo),
        ):
            self.movements.settle(kind, transfer.id, target_kobo=sign * kobo, reference=reference)

    def _settle(self, about: Transaction | Refund | Chargeback, kind: str, kobo: int) -> None:
        self.movements.settle(
            kind, about.id, target_kobo=kobo, reference=about.tx_ref, currency=about.currency
        )
