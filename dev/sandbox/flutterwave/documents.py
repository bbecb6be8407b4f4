"""The documents of the simulated Flutterwave: links, attempts to pay them, refunds, chargebacks,
transfers.

Amounts are kobo, or hundredths of another currency. Times are the texts of `format_timestamp`.
"""

from dataclasses import dataclass

from dev.sandbox.wire import Json

# Where the ids of each kind begin; the ids of payments begin at the lowest numbers.
TRANSFER_IDS_FROM = 100_000_000_000
REFUND_IDS_FROM = 200_000_000_000
CHARGEBACK_IDS_FROM = 300_000_000_000
MOVEMENT_IDS_FROM = 400_000_000_000

SUCCESSFUL = "successful"
FAILED = "failed"
PENDING = "pending"
# A public client knows this end as well.
# Source: tests/recorded/flutterwave/flw-verify-ussd-abandoned.json
ABANDONED = "abandoned"
# Assumed: v3 has v4's status voided, and shows a payment that the bank took back as reversed.
VOIDED = "voided"
REVERSED = "reversed"
STATUSES = (SUCCESSFUL, FAILED, PENDING, ABANDONED, VOIDED, REVERSED)

# The statuses an attempt can still reach. A failed attempt may become successful later: a client
# that trusts the first "failed" loses a customer's money.
LATER_STATUSES = {
    PENDING: (SUCCESSFUL, FAILED, ABANDONED, VOIDED),
    FAILED: (SUCCESSFUL,),
    ABANDONED: (SUCCESSFUL,),
    SUCCESSFUL: (VOIDED, REVERSED),
    VOIDED: (),
    REVERSED: (),
}
# These are further changes that only a correction makes.
CORRECTIONS = {SUCCESSFUL: (FAILED,), VOIDED: (SUCCESSFUL,), REVERSED: (SUCCESSFUL,)}

CARD = "card"
BANK_TRANSFER = "bank_transfer"
PAYMENT_TYPES = (CARD, BANK_TRANSFER)


@dataclass(frozen=True, kw_only=True)
class Link:
    """A hosted checkout. `Gateway.find_closed_reason` says whether it is open."""

    id: str
    tx_ref: str
    amount_kobo: int
    currency: str
    redirect_url: str
    customer: dict[str, str | None]  # email, name, phone
    title: str
    description: str
    meta: Json
    created_at: str
    expires_at: str | None = None
    max_attempts: int | None = None
    disabled: bool = False


@dataclass(frozen=True, kw_only=True)
class Transaction:
    """One attempt to pay; several may share a tx_ref. link_id is empty if no link was used.

    vat_kobo: the tax on the fee, which is taken with the fee and not part of it.
    """

    id: int
    link_id: str
    tx_ref: str
    flw_ref: str
    status: str
    payment_type: str
    amount_kobo: int
    fee_kobo: int
    currency: str
    customer: dict[str, str | None]
    meta: Json
    created_at: str
    vat_kobo: int = 0


REFUND_NEW = "new"
REFUND_PENDING = "pending"
REFUND_COMPLETED = "completed"
REFUND_FAILED = "failed"
# The last four were seen by integrators. Source: docs/vendors/flutterwave.md, section 3.
REFUND_STATUSES = (
    REFUND_NEW,
    REFUND_PENDING,
    REFUND_COMPLETED,
    REFUND_FAILED,
    "completed-mpgs",
    "completed-bank-transfer",
    "processing",
    "pending-momo",
)


@dataclass(frozen=True, kw_only=True)
class Refund:
    """Money given back from one successful transaction, unless its status is failed."""

    id: int
    transaction_id: int
    tx_ref: str
    flw_ref: str
    amount_kobo: int
    currency: str
    comments: str
    created_at: str
    updated_at: str = ""
    status: str = REFUND_COMPLETED

    @property
    def taken_kobo(self) -> int:
        return 0 if self.status == REFUND_FAILED else self.amount_kobo


INITIATED = "initiated"
ACCEPTED = "accepted"
DECLINED = "declined"
WON = "won"
LOST = "lost"
CHARGEBACK_STATUSES = (INITIATED, ACCEPTED, DECLINED, WON, LOST)


@dataclass(frozen=True, kw_only=True)
class Chargeback:
    """A payment that the payer disputes at the bank.

    While it is open its amount is under a lien. The merchant accepts it (the money is gone) or
    declines it; then the bank decides that it is won (the lien ends) or lost (the money is gone).
    history: the earlier and the present statuses with their times, oldest first.
    """

    id: int
    transaction_id: int
    tx_ref: str
    flw_ref: str
    amount_kobo: int
    currency: str
    status: str
    comment: str
    proof: str | None
    due_at: str
    created_at: str
    history: list[Json]

    @property
    def lien_kobo(self) -> int:
        return self.amount_kobo if self.status in (INITIATED, DECLINED) else 0

    @property
    def taken_kobo(self) -> int:
        return self.amount_kobo if self.status in (ACCEPTED, LOST) else 0


NEW = "NEW"
TRANSFER_SUCCESSFUL = "SUCCESSFUL"
TRANSFER_FAILED = "FAILED"
TRANSFER_STATUSES = (NEW, "PENDING", TRANSFER_SUCCESSFUL, TRANSFER_FAILED)


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """One payout. At `due_at` its status becomes `planned`; None: only a control call ends it.

    retry_of: the id of the first transfer, if this one retries it.
    """

    id: int
    reference: str
    bank_code: str
    account_number: str
    full_name: str
    amount_kobo: int
    fee_kobo: int
    currency: str
    narration: str
    status: str
    complete_message: str
    created_at: str
    planned: str | None = None
    planned_message: str = ""
    due_at: str | None = None
    duty_kobo: int = 0
    retry_of: int | None = None
