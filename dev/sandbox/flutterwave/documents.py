"""What the simulated Flutterwave stores: links, attempts to pay them, refunds, transfers.

Amounts are kobo, or hundredths of another currency. Times are the texts of `format_timestamp`.
"""

from dataclasses import dataclass

from dev.sandbox.wire import Json

SUCCESSFUL = "successful"
FAILED = "failed"
PENDING = "pending"

# The outcomes an attempt can still reach. A failure may flip late: vendors report it, and whoever
# trusts a first "failed" for ever loses a customer's money.
LATER_STATUSES = {PENDING: (SUCCESSFUL, FAILED), FAILED: (SUCCESSFUL,), SUCCESSFUL: ()}

CARD = "card"
BANK_TRANSFER = "bank_transfer"
PAYMENT_TYPES = (CARD, BANK_TRANSFER)


@dataclass(frozen=True, kw_only=True)
class Link:
    """A hosted checkout; what closes it is the gateway's to say."""

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
    """One payout. `planned` is how it will end at `due_at`; None where nobody knows yet."""

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
