"""What a payment vendor does for wallets, in our words and units: kobo, UTC, our references.

A flow depends on these Protocols. Its vendor.py names the client that implements them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from payflow.kernel.money import NGN


class PaymentStatus(StrEnum):
    SUCCESSFUL = "successful"
    FAILED = "failed"
    REVERSED = "reversed"  # it was successful, and the vendor took it back
    PENDING = "pending"  # also every status of the vendor's that we do not know


@dataclass(frozen=True)
class UnreadableRow:
    """A row of a vendor's list that the client cannot read. It is a finding, and not an end."""

    vendor_id: str  # empty if the row has none
    problem: str
    row: str  # the row as JSON, cut


@dataclass(frozen=True)
class Checkout:
    """A payment page that the vendor is to open for a customer."""

    reference: str
    amount_kobo: int
    currency: str
    email: str
    name: str
    phone: str
    redirect_url: str
    expires_in_minutes: int


@dataclass(frozen=True)
class Payment:
    """One attempt to pay, as the vendor's API describes it."""

    vendor_id: str
    reference: str
    status: PaymentStatus
    amount_kobo: int
    currency: str
    reason: str  # why it was declined or approved, in the vendor's words
    method: str  # card, bank_transfer, ...
    created_at: datetime | None = None
    fee_kobo: int = 0  # what the vendor keeps: it adds amount_kobo - fee_kobo to our balance


class RefundStatus(StrEnum):
    PENDING = "pending"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True)
class Refund:
    """Money that the vendor gave back to a payer. `payment_id` is the payment's vendor id."""

    vendor_id: str
    payment_id: str
    status: RefundStatus
    amount_kobo: int
    created_at: datetime | None = None


class ChargebackStatus(StrEnum):
    OPEN = "open"  # disputed, and not decided
    WON = "won"  # the money is ours again
    LOST = "lost"  # the payer's bank has taken the money; also if we accepted the chargeback


@dataclass(frozen=True)
class Chargeback:
    """A payment that the payer disputes. `payment_id` is the payment's vendor id."""

    vendor_id: str
    payment_id: str
    status: ChargebackStatus
    amount_kobo: int
    due_at: datetime | None  # until when the vendor wants our answer
    created_at: datetime | None = None


@dataclass(frozen=True)
class Balance:
    """What a vendor says that it holds for us. Units: kobo."""

    available_kobo: int
    ledger_kobo: int  # also what is reserved for open chargebacks


@dataclass(frozen=True)
class Movement:
    """One line of the vendor's statement of our balance, also for charges of no transaction."""

    vendor_reference: str  # whatever the vendor writes: a reference of ours, or one of its own
    amount_kobo: int  # below 0 if it was taken from our balance
    balance_after_kobo: int
    at: datetime | None
    remarks: str  # in the vendor's words


@dataclass(frozen=True)
class VirtualAccountOrder:
    """A bank account to open for one customer, who pays into it again and again."""

    reference: str  # every payment into the account has this reference
    email: str
    first_name: str
    last_name: str
    phone: str
    narration: str
    bvn: str = field(repr=False)  # sent, and never stored


@dataclass(frozen=True)
class VirtualAccount:
    """A bank account that the vendor keeps for one customer."""

    vendor_id: str
    account_number: str
    bank_name: str


class PaymentClient(Protocol):
    """Money in."""

    def open_checkout(self, checkout: Checkout) -> str:
        """The link of a new payment page.

        Raises: VendorUnavailable, VendorRejected, OutcomeUnknown.
        """
        ...

    def find_payment(self, vendor_id: str) -> Payment | None:
        """The payment with this vendor id; None if the vendor knows none (yet).

        Raises: VendorUnavailable.
        """
        ...

    def find_payment_by_reference(self, reference: str) -> Payment | None:
        """The payment that decides this reference; None if the customer has not tried to pay.

        Raises: VendorUnavailable.
        """
        ...

    def find_payments_by_reference(self, reference: str) -> list[Payment]:
        """Every attempt to pay under this reference, so that none hides behind another.

        Raises: VendorUnavailable.
        """
        ...

    def list_payments(self, first: date, last: date) -> Iterator[Payment | UnreadableRow]:
        """Every attempt of these days, as the vendor counts days. Raises: VendorUnavailable."""
        ...

    def find_refund(self, vendor_id: str) -> Refund | None:
        """The refund with this vendor id. Raises: VendorUnavailable."""
        ...

    def list_refunds(self, first: date, last: date) -> Iterator[Refund | UnreadableRow]:
        """Every refund of these days, also one made by hand. Raises: VendorUnavailable."""
        ...

    def refund(self, payment_id: str, amount_kobo: int) -> Refund:
        """Give a payment, or a part of it, back to its payer. It is NOT safe to repeat.

        The vendor has no idempotency key and takes a second request as a second refund. Before
        any second try, look for the payment's refunds in list_refunds().
        Raises: VendorUnavailable (nothing was done), OutcomeUnknown (also for a refusal).
        """
        ...

    def find_chargeback(self, vendor_id: str) -> Chargeback | None:
        """The chargeback with this vendor id. Raises: VendorUnavailable."""
        ...

    def list_chargebacks(self, first: date, last: date) -> Iterator[Chargeback | UnreadableRow]:
        """Every chargeback that was opened on these days. Raises: VendorUnavailable."""
        ...

    def balance(self, currency: str = NGN) -> Balance:
        """What the vendor holds for us in this currency. Raises: VendorUnavailable."""
        ...

    def list_movements(self, first: date, last: date) -> Iterator[Movement | UnreadableRow]:
        """The vendor's statement of our naira balance for these days. Raises: VendorUnavailable."""
        ...

    def open_virtual_account(self, order: VirtualAccountOrder) -> VirtualAccount:
        """Open a bank account for a customer. No flow uses it yet.

        Raises: VendorUnavailable, VendorRejected, OutcomeUnknown.
        """
        ...


class TransferStatus(StrEnum):
    PENDING = "pending"
    SUCCESSFUL = "successful"
    FAILED = "failed"


@dataclass(frozen=True)
class Bank:
    """A bank that transfers can go to, with the vendor's code for it."""

    code: str
    name: str


@dataclass(frozen=True)
class TransferOrder:
    """A transfer to send, once per reference. Whole naira."""

    reference: str
    bank_code: str
    account_number: str
    account_name: str
    amount_kobo: int
    currency: str
    narration: str


@dataclass(frozen=True)
class Transfer:
    """A transfer, as the vendor's API describes it."""

    vendor_id: str
    reference: str
    status: TransferStatus
    amount_kobo: int
    reason: str  # a sentence for the customer
    vendor_reason: str  # in the vendor's words, for support
    created_at: datetime | None = None
    fee_kobo: int = 0  # what the vendor takes for it, beside the amount
    currency: str = NGN


class PayoutClient(Protocol):
    """Money out."""

    def send_transfer(self, order: TransferOrder) -> Transfer:
        """Ask for a transfer, once per order.reference.

        Raises: VendorUnavailable (nothing was done), VendorAccountFault (the same, and every
        other order would be refused as well), VendorRejected (a final no, with a sentence for
        the customer in details["plain"], and the failed transfer's vendor_id if there is one),
        OutcomeUnknown. Only the answer to a first POST can be a final no: a refusal of a second
        one says nothing about the first.
        """
        ...

    def find_transfer(self, vendor_id: str) -> Transfer | None:
        """Raises: VendorUnavailable."""
        ...

    def find_transfer_by_reference(self, reference: str) -> Transfer | None:
        """None does not prove that the vendor never accepted it. Raises: VendorUnavailable."""
        ...

    def find_transfers_by_reference(self, reference: str) -> list[Transfer]:
        """Every transfer under this reference that the vendor lists, also retries of others.

        Raises: VendorUnavailable.
        """
        ...

    def list_retries(self, vendor_id: str) -> list[Transfer]:
        """The transfers that were made in the vendor's dashboard to repeat a failed one.

        Raises: VendorUnavailable.
        """
        ...

    def list_transfers(self, first: date, last: date) -> Iterator[Transfer | UnreadableRow]:
        """Every transfer of these days, as the vendor counts days. Raises: VendorUnavailable."""
        ...

    def list_banks(self) -> list[Bank]:
        """Raises: VendorUnavailable."""
        ...

    def resolve_account(self, bank_code: str, account_number: str) -> str:
        """The name of the account's owner, as the bank confirms it.

        Raises: AccountNotResolved (the bank does not confirm it), VendorUnavailable.
        """
        ...
