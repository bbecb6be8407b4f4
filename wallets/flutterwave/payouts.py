"""Money out: Flutterwave's transfers, banks and account names.

Source: docs/vendors/flutterwave.md, sections 4 and 5.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.conf import settings

from payflow.kernel.errors import (
    InvariantBroken,
    OutcomeUnknown,
    VendorRejected,
    VendorUnavailable,
)
from payflow.kernel.money import KOBO_PER_NAIRA, NotExactKobo, to_kobo
from payflow.kernel.vendor_http import VendorHttp
from wallets.clients import Bank, Transfer, TransferOrder, TransferStatus
from wallets.errors import AccountNotResolved
from wallets.flutterwave.wire import (
    VENDOR,
    Row,
    ask,
    find,
    list_in,
    object_in,
    read_listed,
    read_page,
    rows_of,
    time_in,
)

_PAGES = 5  # of transfers under one reference; more than one page has never been seen


class Payouts:
    """Transfers to bank accounts. Implements PayoutClient."""

    def __init__(self, http: VendorHttp) -> None:
        self._http = http

    def send_transfer(self, order: TransferOrder) -> Transfer:
        try:
            return self._http.write(
                "/transfers",
                lambda response: _transfer(object_in(self._http.answer_object(response))),
                json=_to_wire(order),
            )
        except VendorRejected as exc:
            raise _refusal(exc) from exc

    def find_transfer(self, vendor_id: str) -> Transfer | None:
        return find(
            self._http,
            f"/transfers/{vendor_id}",
            lambda body: _transfer(object_in(body)),
            means_absent=lambda refusal: "not found" in refusal.message.lower(),
        )

    def find_transfer_by_reference(self, reference: str) -> Transfer | None:
        """Does not trust the vendor's filter: only the exact reference counts, on any page."""
        wanted = _vendor_reference(reference)
        for page in range(1, _PAGES + 1):
            query = {"reference": wanted, "page": str(page)}
            rows, pages = ask(self._http, "/transfers", read_page, params=query)
            for row in rows:
                if row.get("reference") == wanted:
                    return read_listed(row, _transfer)
            if not rows or page >= pages:
                return None
        raise VendorUnavailable("Too many transfers have one reference.", vendor=VENDOR)

    def list_transfers(self, first: date, last: date) -> Iterator[Transfer]:
        return rows_of(self._http, "/transfers", first, last, _transfer)

    def list_banks(self) -> list[Bank]:
        rows = ask(self._http, "/banks/NG", list_in)
        # Codes are texts: a number would lose its leading zeros.
        return [Bank(code=str(row.get("code")), name=str(row.get("name"))) for row in rows]

    def resolve_account(self, bank_code: str, account_number: str) -> str:
        # The vendor takes this question by POST.
        name = find(
            self._http,
            "/accounts/resolve",
            lambda body: object_in(body).get("account_name"),
            means_absent=lambda refusal: refusal.details.get("http_status") in (400, 422),
            method="POST",
            json={"account_number": account_number, "account_bank": bank_code},
        )
        if not isinstance(name, str) or not name.strip():
            raise AccountNotResolved()
        return name.strip()[:100]


# What the vendor, or a test, appends to a reference of ours: _PMCKDU_1, _PMCK_ST_F, _RETRY_2.
# Source: docs/vendors/flutterwave.md, section 4, "Retry" and "Test mode".
_SUFFIXES = re.compile(r"(_PMCK(_ST_F)?(DU_\d+)?|_RETRY_\d+)+$")


def our_reference(reference: str) -> str:
    """Our reference in the vendor's, without the suffixes of a test or a retry.

    Other references keep their underscores: they are not ours, and are shown as they are.
    """
    return _SUFFIXES.sub("", reference).removesuffix(settings.FLUTTERWAVE_TEST_SUFFIX)


def _vendor_reference(reference: str) -> str:
    """With a test key a transfer ends only if its reference says how.

    Source: docs/vendors/flutterwave.md, section 4, "Test mode".
    """
    is_test = settings.FLUTTERWAVE_SECRET_KEY.startswith("FLWSECK_TEST")
    return reference + (settings.FLUTTERWAVE_TEST_SUFFIX if is_test else "")


def _to_wire(order: TransferOrder) -> dict[str, Any]:
    if order.amount_kobo % KOBO_PER_NAIRA:
        raise InvariantBroken(f"{order.reference}: a transfer of {order.amount_kobo} kobo")
    return {
        "account_bank": order.bank_code,
        "account_number": order.account_number,
        "amount": order.amount_kobo // KOBO_PER_NAIRA,
        "currency": order.currency,
        "debit_currency": order.currency,
        "reference": _vendor_reference(order.reference),
        "narration": order.narration[:100],
        "beneficiary_name": order.account_name,
    }


# Refused before anything was done, for a reason on our side and not in this transfer. It can be
# sent again unchanged once the reason is gone.
# Source: docs/vendors/flutterwave.md, section 4, "Synchronous errors".
_OUR_FAULT = re.compile(
    r"whitelist|request cannot be processed|contact the administrator|without approval", re.I
)


def _refusal(exc: VendorRejected) -> Exception:
    """What a refused POST means. Only a 400 or 422 about this very transfer is final."""
    if re.search(r"already exist", exc.message, re.I):
        return OutcomeUnknown("The reference was sent before.", vendor=VENDOR)
    is_final = exc.details.get("http_status") in (400, 422)
    if not is_final or _OUR_FAULT.search(exc.message):
        return VendorUnavailable(exc.message, **exc.details)
    return VendorRejected(exc.message, plain=_plain(exc.message), **exc.details)


# A status that is not here is not final.
_STATUSES = {
    "NEW": TransferStatus.PENDING,
    "PENDING": TransferStatus.PENDING,
    "SUCCESSFUL": TransferStatus.SUCCESSFUL,
    "FAILED": TransferStatus.FAILED,
}


def _transfer(row: Row) -> Transfer:
    """Raises: OutcomeUnknown."""
    message = str(row.get("complete_message") or "")[:300]
    try:
        return Transfer(
            vendor_id=str(row["id"]),
            reference=our_reference(str(row["reference"])),
            status=_STATUSES.get(str(row["status"]).upper(), TransferStatus.PENDING),
            amount_kobo=to_kobo(row["amount"]),
            reason=_plain(message),
            vendor_reason=message,
            created_at=time_in(row),
        )
    except (KeyError, NotExactKobo) as exc:
        raise OutcomeUnknown("The transfer cannot be read.", vendor=VENDOR) from exc


# The sentence for the customer. A low balance or a limit of ours is nothing that a customer can
# act on, so only support sees it.
_PLAIN = (
    (re.compile(r"blacklist", re.I), "This account cannot receive transfers."),
    (re.compile(r"unable to obtain user|invalid account|could not be validated", re.I),
     "The bank does not know this account."),
    (re.compile(r"restricted", re.I), "The receiving account is restricted by its bank."),
)  # fmt: skip
_NOT_COMPLETED = "The transfer could not be completed. Your money is back in your wallet."


def _plain(message: str) -> str:
    return next((text for pattern, text in _PLAIN if pattern.search(message)), _NOT_COMPLETED)
