"""Money in through Flutterwave: payment pages, payments, and what became of them.

Source: docs/vendors/flutterwave.md, sections 2 and 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.conf import settings

from payflow.kernel.errors import OutcomeUnknown, VendorRejected
from payflow.kernel.money import to_naira_text
from wallets.clients import Checkout, Payment, PaymentStatus, UnreadableRow
from wallets.flutterwave.disputes import Disputes
from wallets.flutterwave.statements import Statements
from wallets.flutterwave.virtual_accounts import VirtualAccounts
from wallets.flutterwave.wire import (
    PAGES_OF_ONE_REFERENCE,
    VENDOR,
    Row,
    amount_in,
    find,
    object_in,
    object_rows,
    read_listed,
    rounded_kobo_in,
    rows_of,
    text_in,
    time_in,
    words_in,
)


class Collections(Disputes, Statements, VirtualAccounts):
    """Payment pages, payments, and what the vendor did with them. Implements PaymentClient."""

    def open_checkout(self, checkout: Checkout) -> str:
        return self._post("/payments", _link, _checkout_to_wire(checkout))

    def find_payment(self, vendor_id: str) -> Payment | None:
        return self._find(f"/transactions/{vendor_id}/verify")

    def find_payment_by_reference(self, reference: str) -> Payment | None:
        return self._find("/transactions/verify_by_reference", tx_ref=reference)

    def find_payments_by_reference(self, reference: str) -> list[Payment]:
        """Does not trust the vendor's filter: only the exact reference counts, on any page."""
        rows = object_rows(
            self._http,
            "/transactions",
            {"tx_ref": reference},
            most_pages=PAGES_OF_ONE_REFERENCE,
        )
        return [read_listed(row, _payment) for row in rows if row.get("tx_ref") == reference]

    def list_payments(self, first: date, last: date) -> Iterator[Payment | UnreadableRow]:
        return rows_of(self._http, "/transactions", first, last, _payment)

    def _find(self, path: str, **params: str) -> Payment | None:
        return find(
            self._http,
            path,
            lambda body: _payment(object_in(body)),
            means_absent=_means_unpaid if params else _means_absent,
            params=params,
        )


def _means_absent(refusal: VendorRejected) -> bool:
    """The same words answer a reference that no customer has tried to pay, and a payment that
    was made seconds ago. Source: docs/vendors/flutterwave.md, section 3, "Not found"."""
    return "no transaction was found" in refusal.message.lower()


def _means_unpaid(refusal: VendorRejected) -> bool:
    """The answer to a question by reference, which names no id that could be invalid.

    Source: tests/recorded/flutterwave/flw-verify-invalid-id-400.json.
    """
    return _means_absent(refusal) or "invalid transaction id" in refusal.message.lower()


def _link(body: Row) -> str:
    link = object_in(body).get("link")
    if not isinstance(link, str) or not link.startswith(("http://", "https://")):
        raise OutcomeUnknown("The answer has no link.", vendor=VENDOR)
    return link


def _checkout_to_wire(checkout: Checkout) -> dict[str, Any]:
    return {
        "tx_ref": checkout.reference,
        "amount": to_naira_text(checkout.amount_kobo),
        "currency": checkout.currency,
        "redirect_url": checkout.redirect_url,
        "customer": {
            "email": checkout.email,
            "name": checkout.name or checkout.email,
            "phonenumber": checkout.phone,
        },
        "customizations": {"title": settings.APP_NAME},
        # Source: docs/vendors/flutterwave.md, section 2, `session_duration`.
        "session_duration": checkout.expires_in_minutes,
    }


def _payment(row: Row) -> Payment:
    """Only `amount` counts: `charged_amount` includes fees that the customer paid.

    Raises: OutcomeUnknown.
    """
    amount_kobo = amount_in(row, "amount")
    status = _STATUSES.get(text_in(row, "status").lower(), PaymentStatus.PENDING)
    return Payment(
        vendor_id=text_in(row, "id"),
        reference=text_in(row, "tx_ref"),
        status=status,
        amount_kobo=amount_kobo,
        currency=text_in(row, "currency").upper(),
        reason=words_in(row, "processor_response", most=200),
        method=words_in(row, "payment_type", most=40),
        created_at=time_in(row),
        fee_kobo=_fee_kobo(row, amount_kobo) if status in _ARRIVED else 0,
    )


def _fee_kobo(row: Row, amount_kobo: int) -> int:
    """What of the amount does not reach our balance.

    `app_fee` is without VAT, so what is settled counts, where the vendor says it. A fee that the
    customer paid on top of the amount costs us nothing.
    Source: docs/vendors/flutterwave.md, section 3, `app_fee` and `amount_settled`.
    """
    charged_kobo = max(rounded_kobo_in(row, "charged_amount") or 0, amount_kobo)
    for settled_kobo in (
        rounded_kobo_in(row, "amount_settled") or 0,
        charged_kobo - (rounded_kobo_in(row, "app_fee") or 0),
    ):
        if settled_kobo > 0:
            return max(amount_kobo - settled_kobo, 0)
    return 0


# A status that is not here is not final. Sources: docs/vendors/flutterwave.md, section 3, and
# tests/recorded/flutterwave/flw-verify-ussd-abandoned.json. Assumed: `reversed`.
_STATUSES = {
    "successful": PaymentStatus.SUCCESSFUL,
    "failed": PaymentStatus.FAILED,
    "cancelled": PaymentStatus.FAILED,
    "abandoned": PaymentStatus.FAILED,
    "voided": PaymentStatus.FAILED,
    "reversed": PaymentStatus.REVERSED,
}
_ARRIVED = (PaymentStatus.SUCCESSFUL, PaymentStatus.REVERSED)
