"""Money in through Flutterwave's hosted checkout.

Source: docs/vendors/flutterwave.md, sections 2 and 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.conf import settings

from payflow.kernel.errors import OutcomeUnknown, VendorRejected
from payflow.kernel.money import NotExactKobo, to_kobo, to_naira_text
from payflow.kernel.vendor_http import VendorHttp
from wallets.clients import Checkout, Payment, PaymentStatus
from wallets.flutterwave.wire import VENDOR, Row, find, object_in, rows_of, time_in


class Collections:
    """Payment pages, and what became of them. Implements PaymentClient."""

    def __init__(self, http: VendorHttp) -> None:
        self._http = http

    def open_checkout(self, checkout: Checkout) -> str:
        return self._http.write(
            "/payments",
            lambda response: _link(self._http.answer_object(response)),
            json=_checkout_to_wire(checkout),
        )

    def find_payment(self, vendor_id: str) -> Payment | None:
        return self._find(f"/transactions/{vendor_id}/verify")

    def find_payment_by_reference(self, reference: str) -> Payment | None:
        return self._find("/transactions/verify_by_reference", tx_ref=reference)

    def list_payments(self, first: date, last: date) -> Iterator[Payment]:
        return rows_of(self._http, "/transactions", first, last, _payment)

    def _find(self, path: str, **params: str) -> Payment | None:
        return find(
            self._http,
            path,
            lambda body: _payment(object_in(body)),
            means_absent=_means_absent,
            params=params,
        )


def _means_absent(refusal: VendorRejected) -> bool:
    """The same words answer a reference that no customer has tried to pay, and a payment that
    was made seconds ago. Source: docs/vendors/flutterwave.md, section 3, "Not found"."""
    return "no transaction was found" in refusal.message.lower()


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
        # Assumed: nested, as in the vendor's sample; its table says otherwise.
        "configurations": {"session_duration": checkout.expires_in_minutes},
    }


def _payment(row: Row) -> Payment:
    """Only `amount` counts: `charged_amount` includes fees that the customer paid.

    Raises: OutcomeUnknown.
    """
    try:
        return Payment(
            vendor_id=str(row["id"]),
            reference=str(row["tx_ref"]),
            status=_STATUSES.get(str(row["status"]).lower(), PaymentStatus.PENDING),
            amount_kobo=to_kobo(row["amount"]),
            currency=str(row["currency"]).upper(),
            reason=str(row.get("processor_response") or "")[:200],
            method=str(row.get("payment_type") or "")[:40],
            created_at=time_in(row),
        )
    except (KeyError, NotExactKobo) as exc:
        raise OutcomeUnknown("The payment cannot be read.", vendor=VENDOR) from exc


# A status that is not here is not final. Sources: docs/vendors/flutterwave.md, section 3, and
# tests/recorded/flutterwave/flw-verify-ussd-abandoned.json.
_STATUSES = {
    "successful": PaymentStatus.SUCCESSFUL,
    "failed": PaymentStatus.FAILED,
    "cancelled": PaymentStatus.FAILED,
    "abandoned": PaymentStatus.FAILED,
    "voided": PaymentStatus.FAILED,
}
