"""Money out: Flutterwave's transfers, banks and account names.

Source: docs/vendors/flutterwave.md, sections 4 and 5.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.conf import settings

from payflow.kernel.errors import OutcomeUnknown, VendorRejected, VendorUnavailable
from payflow.kernel.money import KOBO_PER_NAIRA, NotExactKobo, to_kobo
from payflow.kernel.vendor_http import VendorHttp
from wallets.errors import AccountNotResolved
from wallets.flutterwave.wire import VENDOR, list_in, object_in, rows_of, time_in
from wallets.vendors import Bank, Transfer, TransferOrder, TransferStatus

_PAGES = 5  # of transfers under one reference; more than one page has never been seen


class Payouts:
    """Implements PayoutClient."""

    def __init__(self, http: VendorHttp) -> None:
        self._http = http

    def send_transfer(self, order: TransferOrder) -> Transfer:
        try:
            return _transfer(object_in(self._http.post("/transfers", json=_to_wire(order))))
        except VendorRejected as exc:
            raise _refusal(exc) from exc
        except VendorMisread as exc:  # accepted, in words that we cannot read
            raise OutcomeUnknown(str(exc), vendor=VENDOR) from exc

    def find_transfer(self, vendor_id: str) -> Transfer | None:
        try:
            return _transfer(object_in(self._http.get(f"/transfers/{vendor_id}")))
        except VendorRejected as exc:
            if "not found" in exc.message.lower():
                return None
            raise VendorUnavailable(**exc.details) from exc
        except (OutcomeUnknown, VendorMisread) as exc:  # nothing moved by asking
            raise VendorUnavailable(vendor=VENDOR) from exc

    def find_transfer_by_reference(self, reference: str) -> Transfer | None:
        """The vendor's filter is not trusted: only the exact reference counts, on any page."""
        reference = _their_reference(reference)
        for page in range(1, _PAGES + 1):
            rows, last = self._list(reference, page)
            for row in rows:
                if row.get("reference") == reference:
                    return _transfer_read(row)
            if last:
                return None
        raise VendorUnavailable("Too many transfers answer to one reference.", vendor=VENDOR)

    def list_transfers(self, first: date, last: date) -> Iterator[Transfer]:
        return map(_transfer_read, rows_of(self._http, "/transfers", first, last))

    def list_banks(self) -> list[Bank]:
        try:
            rows = list_in(self._http.get("/banks/NG"))
        except (VendorRejected, OutcomeUnknown) as exc:
            raise VendorUnavailable(**exc.details) from exc
        # Codes are texts: a number would lose its leading zeros.
        return [Bank(code=str(row.get("code")), name=str(row.get("name"))) for row in rows]

    def resolve_account(self, bank_code: str, account_number: str) -> str:
        body = {"account_number": account_number, "account_bank": bank_code}
        try:
            name = object_in(self._http.post("/accounts/resolve", json=body)).get("account_name")
        except VendorRejected as exc:
            if exc.details.get("http_status") in (400, 422):
                raise AccountNotResolved() from exc
            raise VendorUnavailable(**exc.details) from exc
        except OutcomeUnknown as exc:  # a POST by the vendor's choice: it only reads
            raise VendorUnavailable(**exc.details) from exc
        if not isinstance(name, str) or not name.strip():
            raise AccountNotResolved()
        return name.strip()[:100]

    def _list(self, reference: str, page: int) -> tuple[list[Mapping[str, Any]], bool]:
        try:
            answer = self._http.get(
                "/transfers", params={"reference": reference, "page": str(page)}
            )
            rows = list_in(answer)
        except (VendorRejected, OutcomeUnknown) as exc:
            raise VendorUnavailable(**exc.details) from exc
        info = (answer.get("meta") or {}).get("page_info") or {}
        return rows, not rows or page >= int(info.get("total_pages") or 1)


class VendorMisread(Exception):
    """An answer that came, and means nothing to us."""


def our_reference(reference: str) -> str:
    """Our reference in the vendor's reference, which may end in a test's or a retry's suffix."""
    return reference.split("_", 1)[0]


def _their_reference(reference: str) -> str:
    """With a test key a transfer ends only when its reference says how.

    Source: docs/vendors/flutterwave.md, section 4, "Test mode".
    """
    is_test = settings.FLUTTERWAVE_SECRET_KEY.startswith("FLWSECK_TEST")
    return reference + (settings.FLUTTERWAVE_TEST_SUFFIX if is_test else "")


def _to_wire(order: TransferOrder) -> dict[str, Any]:
    assert order.amount_kobo % KOBO_PER_NAIRA == 0, "the vendor may not take kobo"
    return {
        "account_bank": order.bank_code,
        "account_number": order.account_number,
        "amount": order.amount_kobo // KOBO_PER_NAIRA,
        "currency": order.currency,
        "debit_currency": order.currency,
        "reference": _their_reference(order.reference),
        "narration": order.narration[:100],
        "beneficiary_name": order.account_name,
    }


# Refused before anything was done, for a reason of ours and not of this transfer: it can be
# sent again as it is, once somebody has put things right.
# Source: docs/vendors/flutterwave.md, section 4, "Synchronous errors".
_OUR_FAULT = re.compile(
    r"whitelist|request cannot be processed|contact the administrator|without approval", re.I
)


def _refusal(exc: VendorRejected) -> Exception:
    """What a refused POST means. Only a plain 400 about this very transfer is final."""
    if re.search(r"already exist", exc.message, re.I):
        return OutcomeUnknown("The reference was sent before.", vendor=VENDOR)
    final = exc.details.get("http_status") in (400, 422)
    if not final or _OUR_FAULT.search(exc.message):
        return VendorUnavailable(exc.message, **exc.details)
    return VendorRejected(exc.message, plain=_plain(exc.message), **exc.details)


_STATUSES = {
    "NEW": TransferStatus.PENDING,
    "PENDING": TransferStatus.PENDING,
    "SUCCESSFUL": TransferStatus.SUCCESSFUL,
    "FAILED": TransferStatus.FAILED,
}


def _transfer_read(data: Mapping[str, Any]) -> Transfer:
    try:
        return _transfer(data)
    except VendorMisread as exc:
        raise VendorUnavailable(vendor=VENDOR) from exc


def _transfer(data: Mapping[str, Any]) -> Transfer:
    message = str(data.get("complete_message") or "")[:300]
    try:
        return Transfer(
            vendor_id=str(data["id"]),
            reference=our_reference(str(data["reference"])),
            # A status that we do not know is not final.
            status=_STATUSES.get(str(data["status"]).upper(), TransferStatus.PENDING),
            amount_kobo=to_kobo(data["amount"]),
            reason=_plain(message),
            vendor_reason=message,
            created_at=time_in(data),
        )
    except (KeyError, NotExactKobo) as exc:
        raise VendorMisread("The transfer cannot be read.") from exc


# What a customer is told. The merchant's own troubles (a low balance, a limit of ours) are
# nothing that a customer can act on, and are told to support alone.
_PLAIN = (
    (re.compile(r"blacklist", re.I), "This account cannot receive transfers."),
    (re.compile(r"unable to obtain user|invalid account|could not be validated", re.I),
     "The bank does not know this account."),
    (re.compile(r"restricted", re.I), "The receiving account is restricted by its bank."),
)  # fmt: skip
_NEUTRAL = "The transfer could not be completed. Your money is back in your wallet."


def _plain(message: str) -> str:
    return next((text for pattern, text in _PLAIN if pattern.search(message)), _NEUTRAL)
