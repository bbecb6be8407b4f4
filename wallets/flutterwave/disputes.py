"""Money that goes back to a payer: refunds and chargebacks.

Source: docs/vendors/flutterwave.md, sections 3a and 3b.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from payflow.kernel.errors import OutcomeUnknown, VendorRejected
from payflow.kernel.money import KOBO_PER_NAIRA, to_naira
from wallets.clients import Chargeback, ChargebackStatus, Refund, RefundStatus, UnreadableRow
from wallets.flutterwave.wire import (
    Client,
    Row,
    amount_in,
    find,
    name_in,
    object_in,
    raw_rows,
    read_listed,
    rows_of,
    text_in,
    time_in,
)


class Disputes(Client):
    """Refunds and chargebacks, ours and those that were made without us."""

    def find_refund(self, vendor_id: str) -> Refund | None:
        return find(
            self._http,
            f"/refunds/{vendor_id}",
            lambda body: _refund(object_in(body)),
            means_absent=_means_absent,
        )

    def list_refunds(self, first: date, last: date) -> Iterator[Refund | UnreadableRow]:
        return rows_of(self._http, "/refunds", first, last, _refund)

    def refund(self, payment_id: str, amount_kobo: int) -> Refund:
        """Give a payment, or a part of it, back to its payer. It is NOT safe to repeat.

        The vendor has no idempotency key for refunds and takes a second request as a second
        refund. Before any second try, look for the payment's refunds in list_refunds(). No
        refusal is known that proves that nothing was done, so a refusal is an unknown outcome.
        Source: docs/vendors/flutterwave.md, section 3a.
        """
        path = f"/transactions/{payment_id}/refund"
        try:
            return self._post(
                path, lambda body: _refund(object_in(body)), {"amount": _number(amount_kobo)}
            )
        except VendorRejected as exc:
            raise OutcomeUnknown(f"The refund was refused: {exc.message}", **exc.details) from exc

    def find_chargeback(self, vendor_id: str) -> Chargeback | None:
        """v3 has no call for one chargeback, so it is looked for in the list of all."""
        for row in raw_rows(self._http, "/chargebacks", {}):
            if isinstance(row, Mapping) and str(row.get("id")) == vendor_id:
                return read_listed(row, _chargeback)
        return None

    def list_chargebacks(self, first: date, last: date) -> Iterator[Chargeback | UnreadableRow]:
        return rows_of(self._http, "/chargebacks", first, last, _chargeback)


def _means_absent(refusal: VendorRejected) -> bool:
    """Assumed: how the vendor answers an unknown refund is documented nowhere."""
    text = refusal.message.lower()
    return "not found" in text or "no refund was found" in text


def _number(kobo: int) -> int | float:
    """Naira as a JSON number, without decimals if they are zero."""
    return kobo // KOBO_PER_NAIRA if kobo % KOBO_PER_NAIRA == 0 else float(to_naira(kobo))


def _refund(row: Row) -> Refund:
    """The same fields have other names in the list, and in some answers those of the webhook.

    Source: docs/vendors/flutterwave.md, section 3a, "Names". Raises: OutcomeUnknown.
    """
    return Refund(
        vendor_id=text_in(row, "id"),
        payment_id=text_in(row, name_in(row, "tx_id", "transaction_id", "TransactionId")),
        status=_refund_status(row),
        amount_kobo=amount_in(row, name_in(row, "amount_refunded", "AmountRefunded")),
        created_at=time_in(row, name_in(row, "created_at", "createdAt")),
    )


def _refund_status(row: Row) -> RefundStatus:
    """`completed`, alone or with a method behind it, has left our balance.

    It may still be on its way to the payer, and come back: then `meta` says so.
    Source: docs/vendors/flutterwave.md, section 3a, "Statuses".
    """
    status = text_in(row, "status").lower()
    if status in _REFUSED_REFUNDS or _disbursement(row.get("meta")) == "failed":
        return RefundStatus.FAILED
    is_completed = status in ("complete", "successful") or status.startswith("completed")
    return RefundStatus.COMPLETED if is_completed else RefundStatus.PENDING


_REFUSED_REFUNDS = ("failed", "cancelled")


def _disbursement(meta: Any) -> str:
    """`disburse_status` in a refund's meta, which is an object or its JSON."""
    if isinstance(meta, str):
        try:
            meta = json.loads(meta)
        except ValueError:
            return ""
    return str(meta.get("disburse_status") or "").lower() if isinstance(meta, Mapping) else ""


def _chargeback(row: Row) -> Chargeback:
    """Raises: OutcomeUnknown."""
    return Chargeback(
        vendor_id=text_in(row, "id"),
        payment_id=text_in(row, name_in(row, "transaction_id", "tx_id")),
        status=_CHARGEBACKS.get(text_in(row, "status").lower(), ChargebackStatus.OPEN),
        amount_kobo=amount_in(row, "amount"),
        due_at=time_in(row, "due_date"),
        created_at=time_in(row),
    )


# Every other status is open: initiated, declined (we dispute it, and nobody has decided), and
# what we do not know. Source: docs/vendors/flutterwave.md, section 3b.
_CHARGEBACKS = {
    "won": ChargebackStatus.WON,
    "lost": ChargebackStatus.LOST,
    "accepted": ChargebackStatus.LOST,
}
