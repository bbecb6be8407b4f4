"""Each recorded call to Flutterwave, made through the product's client.

A reader returns every key that a recording of its call may expect.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import requests

from tests.recorded.recordings import Recording, RecordingError, ask, refusal
from wallets import flutterwave
from wallets.clients import (
    Chargeback,
    Checkout,
    Payment,
    Refund,
    Transfer,
    TransferOrder,
    UnreadableRow,
    VirtualAccountOrder,
)
from wallets.errors import AccountNotResolved
from wallets.flutterwave import webhooks
from wallets.flutterwave.wire import http


def read_checkout(recording: Recording) -> dict[str, Any]:
    """`POST /payments`. The key `link` says whether a customer gets a page to pay on."""
    checkout = Checkout(
        **recording.sent(
            reference="PFFUNDTEST",
            amount_kobo=750_000,
            currency="NGN",
            email="person@example.test",
            name="Test Person",
            phone="08012345678",
            redirect_url="https://wallet.example.test/return",
            expires_in_minutes=30,
        )
    )
    link, error = ask(
        recording, _session(), lambda: flutterwave.collections().open_checkout(checkout)
    )
    return refusal(error) | {"link": link is not None}


def read_payment(recording: Recording) -> dict[str, Any]:
    """`GET /transactions/{id}/verify`."""
    vendor_id = recording.sent(id="1")["id"]
    payment, error = ask(
        recording, _session(), lambda: flutterwave.collections().find_payment(vendor_id)
    )
    return _found(payment, error) | {
        "status": payment.status.name if payment else None,
        "amount_kobo": payment.amount_kobo if payment else None,
        "fee_kobo": payment.fee_kobo if payment else None,
        "currency": payment.currency if payment else None,
        "tx_ref": payment.reference if payment else None,
    }


def read_new_transfer(recording: Recording) -> dict[str, Any]:
    """`POST /transfers`."""
    order = TransferOrder(
        **recording.sent(
            reference="PFWDTEST",
            bank_code="044",
            account_number="0690000040",
            account_name="Alexis Sanchez",
            amount_kobo=550_000,
            currency="NGN",
            narration="x",
        )
    )
    transfer, error = ask(recording, _session(), lambda: flutterwave.payouts().send_transfer(order))
    return refusal(error) | _transfer(transfer)


def read_transfer(recording: Recording) -> dict[str, Any]:
    """`GET /transfers/{id}`."""
    vendor_id = recording.sent(id="1")["id"]
    transfer, error = ask(
        recording, _session(), lambda: flutterwave.payouts().find_transfer(vendor_id)
    )
    return _found(transfer, error) | _transfer(transfer)


def read_account_name(recording: Recording) -> dict[str, Any]:
    """`POST /accounts/resolve`."""
    account = recording.sent(bank_code="044", account_number="0690000032")
    name, error = ask(
        recording, _session(), lambda: flutterwave.payouts().resolve_account(**account)
    )
    return refusal(error) | {
        "name": name,
        "not_resolved": isinstance(error, AccountNotResolved),
    }


def read_webhook(recording: Recording) -> dict[str, Any]:
    """A webhook's body."""
    recording.sent()
    if not isinstance(recording.body, dict):
        raise RecordingError("A webhook that is no JSON object has no notice.")
    notice = webhooks.read_notice(recording.body)
    return {
        "kind": notice.kind,
        "provider_reference": notice.vendor_id,
        "object_id": notice.object_id,
        "tx_ref": notice.reference,
        "status": notice.status,
        "transfer_status": _status_in_transfer_webhook(recording, notice),
        "dedupe_key": webhooks.dedupe_key(recording.body),
    }


def read_balance(recording: Recording) -> dict[str, Any]:
    """`GET /balances`."""
    request = recording.sent(currency="NGN")
    balance, error = ask(
        recording, _session(), lambda: flutterwave.collections().balance(request["currency"])
    )
    return refusal(error) | {
        "available_kobo": balance.available_kobo if balance else None,
        "ledger_kobo": balance.ledger_kobo if balance else None,
    }


def read_refund(recording: Recording) -> dict[str, Any]:
    """`POST /transactions/{id}/refund`."""
    request = recording.sent(payment_id="1", amount_kobo=10_000)
    made, error = ask(recording, _session(), lambda: flutterwave.collections().refund(**request))
    return refusal(error) | _refund(made)


def read_refunds(recording: Recording) -> dict[str, Any]:
    """`GET /refunds`: the first row of a list."""
    recording.sent()
    day = date(2026, 1, 24)
    rows, error = ask(
        recording, _session(), lambda: list(flutterwave.collections().list_refunds(day, day))
    )
    return refusal(error) | _refund(rows[0] if rows else None)


def read_chargebacks(recording: Recording) -> dict[str, Any]:
    """`GET /chargebacks`: the first row of a list."""
    recording.sent()
    day = date(2024, 8, 1)
    rows, error = ask(
        recording,
        _session(),
        lambda: list(flutterwave.collections().list_chargebacks(day, day)),
    )
    row = rows[0] if rows and isinstance(rows[0], Chargeback) else None
    return refusal(error) | {
        "vendor_id": row.vendor_id if row else None,
        "payment_id": row.payment_id if row else None,
        "status": row.status.name if row else None,
        "amount_kobo": row.amount_kobo if row else None,
        "due_at": row.due_at.isoformat() if row and row.due_at else None,
    }


def read_virtual_account(recording: Recording) -> dict[str, Any]:
    """`POST /virtual-account-numbers`."""
    order = VirtualAccountOrder(
        **recording.sent(
            reference="PFVATEST",
            email="person@example.test",
            first_name="Test",
            last_name="Person",
            phone="08012345678",
            narration="Test Person",
            bvn="12345678901",
        )
    )
    opened, error = ask(
        recording, _session(), lambda: flutterwave.collections().open_virtual_account(order)
    )
    return refusal(error) | {
        "vendor_id": opened.vendor_id if opened else None,
        "account_number": opened.account_number if opened else None,
        "bank_name": opened.bank_name if opened else None,
    }


READERS: dict[str, Callable[[Recording], dict[str, Any]]] = {
    "flw.payments": read_checkout,
    "flw.verify": read_payment,
    "flw.transfer.create": read_new_transfer,
    "flw.transfer.get": read_transfer,
    "flw.resolve": read_account_name,
    "flw.balances": read_balance,
    "flw.refund": read_refund,
    "flw.refunds": read_refunds,
    "flw.chargebacks": read_chargebacks,
    "flw.va": read_virtual_account,
    "flw.webhook": read_webhook,
}


def _session() -> requests.Session:
    """The session that every call of the client uses."""
    return http()._session


def _found(value: Payment | Transfer | None, error: Exception | None) -> dict[str, bool | None]:
    """`found` is None if the client could not find out."""
    return refusal(error) | {"found": None if error else value is not None}


def _refund(refund: Refund | UnreadableRow | None) -> dict[str, Any]:
    row = refund if isinstance(refund, Refund) else None
    return {
        "vendor_id": row.vendor_id if row else None,
        "payment_id": row.payment_id if row else None,
        "status": row.status.name if row else None,
        "amount_kobo": row.amount_kobo if row else None,
    }


def _transfer(transfer: Transfer | None) -> dict[str, Any]:
    return {
        "status": transfer.status.name if transfer else None,
        "amount_kobo": transfer.amount_kobo if transfer else None,
        "fee_kobo": transfer.fee_kobo if transfer else None,
        "tx_ref": transfer.reference if transfer else None,
    }


def _status_in_transfer_webhook(recording: Recording, notice: webhooks.Notice) -> str | None:
    """How the transfer in the webhook stands. None for other webhooks.

    The product does not trust a webhook's status. It fetches the transfer by its id, so the
    webhook's transfer is read here as the answer to that fetch.
    """
    if notice.kind != "transfer" or notice.vendor_id is None:
        return None
    transfer = recording.body.get("data", recording.body.get("transfer"))
    body = {"status": "success", "message": "Transfer fetched", "data": transfer}
    request = {"id": notice.vendor_id}
    fetched = Recording(recording.name, "flw.transfer.get", request, 200, body, {})
    return read_transfer(fetched)["status"]
