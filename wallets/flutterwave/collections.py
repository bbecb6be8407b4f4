"""Money in through Flutterwave's hosted checkout.

Source: docs/vendors/flutterwave.md, sections 2 and 3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.conf import settings

from payflow.kernel.errors import OutcomeUnknown, VendorRejected, VendorUnavailable
from payflow.kernel.money import NotExactKobo, to_kobo, to_naira_text
from payflow.kernel.vendor_http import VendorHttp
from wallets.flutterwave.wire import VENDOR, object_in, rows_of, time_in
from wallets.vendors import Checkout, Payment, PaymentStatus

_NOT_FOUND = "no transaction was found"


class Collections:
    """Payment pages and what became of them. Implements PaymentClient."""

    def __init__(self, http: VendorHttp) -> None:
        self._http = http

    def open_checkout(self, checkout: Checkout) -> str:
        answer = self._http.post("/payments", json=_checkout_to_wire(checkout))
        link = object_in(answer).get("link")
        if not isinstance(link, str) or not link.startswith(("http://", "https://")):
            raise OutcomeUnknown("The answer has no link.", vendor=VENDOR)
        return link

    def find_payment(self, vendor_id: str) -> Payment | None:
        return self._find(f"/transactions/{vendor_id}/verify")

    def find_payment_by_reference(self, reference: str) -> Payment | None:
        return self._find("/transactions/verify_by_reference", tx_ref=reference)

    def list_payments(self, first: date, last: date) -> Iterator[Payment]:
        return map(_payment, rows_of(self._http, "/transactions", first, last))

    def _find(self, path: str, **params: str) -> Payment | None:
        try:
            return _payment(object_in(self._http.get(path, params=params)))
        except OutcomeUnknown as exc:  # unreadable, but nothing moved by asking
            raise VendorUnavailable(exc.message, **exc.details) from exc
        except VendorRejected as exc:
            # The same words answer a reference nobody tried to pay and a payment made seconds
            # ago. Source: docs/vendors/flutterwave.md, section 3, "Not found".
            if _NOT_FOUND in exc.message.lower():
                return None
            # A wrong key or an outage at their door says nothing about the money.
            raise VendorUnavailable(**exc.details) from exc


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
        # Assumed: nested, as the vendor's sample has it (its table says otherwise).
        "configurations": {"session_duration": checkout.expires_in_minutes},
    }


def _payment(data: Mapping[str, Any]) -> Payment:
    """Only `amount` counts: `charged_amount` includes fees that the customer bore."""
    try:
        return Payment(
            vendor_id=str(data["id"]),
            reference=str(data["tx_ref"]),
            status=_STATUSES.get(str(data["status"]).lower(), PaymentStatus.PENDING),
            amount_kobo=to_kobo(data["amount"]),
            currency=str(data["currency"]).upper(),
            reason=str(data.get("processor_response") or "")[:200],
            method=str(data.get("payment_type") or "")[:40],
            created_at=time_in(data),
        )
    except (KeyError, NotExactKobo) as exc:
        raise VendorUnavailable("The answer cannot be read.", vendor=VENDOR) from exc


# A status we do not know is not final. Source: docs/vendors/flutterwave.md, section 3.
_STATUSES = {
    "successful": PaymentStatus.SUCCESSFUL,
    "failed": PaymentStatus.FAILED,
    "cancelled": PaymentStatus.FAILED,
}
