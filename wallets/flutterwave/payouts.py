"""Money out: Flutterwave's transfers, banks and account names.

Source: docs/vendors/flutterwave.md, sections 4 and 5.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import requests
from django.conf import settings

from payflow.kernel.errors import InvariantBroken, OutcomeUnknown, VendorRejected
from payflow.kernel.money import KOBO_PER_NAIRA, NGN
from payflow.kernel.vendor_http import json_object
from wallets.clients import Bank, Transfer, TransferOrder, TransferStatus, UnreadableRow
from wallets.errors import AccountNotResolved
from wallets.flutterwave import refusals
from wallets.flutterwave.wire import (
    PAGES_OF_ONE_REFERENCE,
    VENDOR,
    Client,
    Row,
    amount_in,
    ask,
    fee_in,
    find,
    list_in,
    object_in,
    object_rows,
    read_listed,
    rows_of,
    text_in,
    time_in,
    words_in,
)


class Payouts(Client):
    """Transfers to bank accounts. Implements PayoutClient."""

    def send_transfer(self, order: TransferOrder) -> Transfer:
        return self._http.write(
            "/transfers", lambda response: self._sent(response, order), json=_to_wire(order)
        )

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
        for row in self._rows_under(reference):
            if row.get("reference") == wanted:
                return read_listed(row, _transfer)
        return None

    def find_transfers_by_reference(self, reference: str) -> list[Transfer]:
        """Every listed transfer whose reference is ours, with or without a suffix.

        The vendor's filter may leave out retries, whose references have a suffix: list_retries()
        has those of one transfer.
        """
        return [
            read_listed(row, _transfer)
            for row in self._rows_under(reference)
            if our_reference(str(row.get("reference"))) == reference
        ]

    def list_retries(self, vendor_id: str) -> list[Transfer]:
        """None if the vendor has no such call for this transfer."""
        rows = find(
            self._http,
            f"/transfers/{vendor_id}/retries",
            list_in,
            means_absent=lambda refusal: refusal.details.get("http_status") == 404,
        )
        return [read_listed(row, _transfer) for row in rows or ()]

    def list_transfers(self, first: date, last: date) -> Iterator[Transfer | UnreadableRow]:
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

    def _sent(self, response: requests.Response, order: TransferOrder) -> Transfer:
        """The transfer in the answer to its POST.

        Raises: VendorUnavailable, VendorAccountFault, VendorRejected, OutcomeUnknown.
        """
        try:
            transfer = _transfer(object_in(self._http.answer_object(response)))
        except VendorRejected as exc:
            raise refusals.read_refusal(
                exc, failed=_failed_transfer(response, order), plain_reason=_plain
            ) from exc
        if transfer.reference != order.reference:
            raise OutcomeUnknown("The answer shows another transfer.", vendor=VENDOR)
        return transfer

    def _rows_under(self, reference: str) -> Iterator[Row]:
        """What the vendor lists under a reference of ours. Raises: VendorUnavailable."""
        return object_rows(
            self._http,
            "/transfers",
            {"reference": _vendor_reference(reference)},
            most_pages=PAGES_OF_ONE_REFERENCE,
        )


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


def _failed_transfer(response: requests.Response, order: TransferOrder) -> Transfer | None:
    """The failed transfer that some refusals carry; None if it is missing, or another one.

    Source: tests/recorded/flutterwave/flw-transfer-create-failed-data-400.json.
    """
    try:
        transfer = _transfer((json_object(response) or {}).get("data") or {})
    except (OutcomeUnknown, AttributeError):
        return None
    is_ours = transfer.reference == order.reference
    return transfer if is_ours and transfer.status is TransferStatus.FAILED else None


# A status that is not here is not final.
_STATUSES = {
    "NEW": TransferStatus.PENDING,
    "PENDING": TransferStatus.PENDING,
    "SUCCESSFUL": TransferStatus.SUCCESSFUL,
    "FAILED": TransferStatus.FAILED,
}


def _transfer(row: Row) -> Transfer:
    """Raises: OutcomeUnknown."""
    message = words_in(row, "complete_message", most=300)
    status = _STATUSES.get(text_in(row, "status").upper(), TransferStatus.PENDING)
    return Transfer(
        vendor_id=text_in(row, "id"),
        reference=our_reference(text_in(row, "reference")),
        status=status,
        amount_kobo=amount_in(row, "amount"),
        # Only a failure gives money back, and the sentence says that it is back.
        reason=_plain(message) if status is TransferStatus.FAILED else "",
        vendor_reason=message,
        created_at=time_in(row),
        fee_kobo=fee_in(row, "fee"),
        currency=words_in(row, "currency", most=10).upper() or NGN,
    )


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
