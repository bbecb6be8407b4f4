"""The documents of the simulated Flutterwave: links, attempts to pay them, refunds, transfers.

Amounts are kobo, or hundredths of another currency. Times are the texts of `format_timestamp`.
"""

from dataclasses import dataclass

from dev.sandbox.wire import Json

SUCCESSFUL = "successful"
FAILED = "failed"
PENDING = "pending"

# The statuses an attempt can still reach. A failed attempt may become successful later: a client
# that trusts the first "failed" loses a customer's money.
LATER_STATUSES = {PENDING: (SUCCESSFUL, FAILED), FAILED: (SUCCESSFUL,), SUCCESSFUL: ()}

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
    """One attempt to pay a link; several may share a tx_ref."""

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


@dataclass(frozen=True, kw_only=True)
class Refund:
    """Money given back from one successful transaction."""

    id: int
    transaction_id: int
    tx_ref: str
    flw_ref: str
    amount_kobo: int
    currency: str
    comments: str
    created_at: str


NEW = "NEW"
TRANSFER_SUCCESSFUL = "SUCCESSFUL"
TRANSFER_FAILED = "FAILED"


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """One payout. At `due_at` its status becomes `planned`; None: only a control call ends it."""

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
