"""What Flutterwave holds for us, and what moved it.

Source: docs/vendors/flutterwave.md, section 1, "Balances", and section 4b.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from payflow.kernel.errors import OutcomeUnknown, VendorUnavailable
from payflow.kernel.money import NGN
from wallets.clients import Balance, Movement, UnreadableRow
from wallets.flutterwave.wire import (
    VENDOR,
    Client,
    Row,
    ask,
    balance_in,
    list_in,
    raw_rows,
    read_or_report,
    rounded_kobo_in,
    text_in,
    time_in,
    words_in,
)


class Statements(Client):
    """Our balance with the vendor, and the vendor's statement of it."""

    def balance(self, currency: str = NGN) -> Balance:
        """Raises: VendorUnavailable, also if the vendor lists no such currency."""
        for row in ask(self._http, "/balances", list_in):
            if row.get("currency") == currency:
                return _read_balance(row)
        raise VendorUnavailable("No balance is listed.", vendor=VENDOR, currency=currency)

    def list_movements(self, first: date, last: date) -> Iterator[Movement | UnreadableRow]:
        query = {"from": first.isoformat(), "to": last.isoformat(), "currency": NGN}
        for row in raw_rows(self._http, "/wallet/statement", query):
            yield read_or_report(row, _movement)


def _read_balance(row: Row) -> Balance:
    try:
        return Balance(
            available_kobo=balance_in(row, "available_balance"),
            ledger_kobo=balance_in(row, "ledger_balance"),
        )
    except OutcomeUnknown as exc:  # asking moves no money
        raise VendorUnavailable(exc.message, **exc.details) from exc


def _movement(row: Row) -> Movement:
    """`type` is C for a credit and D for a debit. Raises: OutcomeUnknown."""
    kind, amount_kobo = text_in(row, "type").upper()[:1], rounded_kobo_in(row, "amount")
    if kind not in ("C", "D") or amount_kobo is None:
        raise OutcomeUnknown("The movement cannot be read.", vendor=VENDOR)
    return Movement(
        vendor_reference=words_in(row, "reference", most=100),
        amount_kobo=abs(amount_kobo) if kind == "C" else -abs(amount_kobo),
        balance_after_kobo=balance_in(row, "balance_after"),
        at=time_in(row, "date"),
        remarks=words_in(row, "remarks", most=300),
    )
