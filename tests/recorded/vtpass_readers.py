"""Each recorded call to VTpass, made through the product's client.

A reader returns every key that a recording of its call may expect.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests

from airtime import vtpass
from airtime.clients import Answer, MeterKind, PurchaseOrder
from airtime.vtpass.wire import http
from tests.recorded.recordings import Recording, ask, refusal


def read_purchase(recording: Recording) -> dict[str, Any]:
    """`POST /pay`."""
    order = PurchaseOrder(
        **recording.sent(
            request_id="RID",
            service_id="mtn",
            phone="08011111111",
            amount_kobo=10_000,
            variation_code=None,
        )
    )
    answer, error = ask(recording, _session(), lambda: vtpass.pay(order))
    return refusal(error) | _answer(answer)


def read_requery(recording: Recording) -> dict[str, Any]:
    """`POST /requery`."""
    purchase = recording.sent(request_id="RID", phone="08011111111")
    answer, error = ask(recording, _session(), lambda: vtpass.requery(purchase["request_id"]))
    return refusal(error) | _answer(answer)


def read_meter(recording: Recording) -> dict[str, Any]:
    """`POST /merchant-verify`."""
    asked = recording.sent(service_id="ikeja-electric", number="1111111111111", kind="prepaid")
    meter, error = ask(
        recording,
        _session(),
        lambda: vtpass.verify_meter(asked["service_id"], asked["number"], MeterKind(asked["kind"])),
    )
    return refusal(error) | {
        "found": None if error else meter is not None,
        "number": meter.number if meter else None,
        "customer_name": meter.customer_name if meter else None,
        "can_vend": meter.can_vend if meter else None,
        "min_kobo": meter.min_kobo if meter else None,
        "arrears_kobo": meter.arrears_kobo if meter else None,
    }


def read_balance(recording: Recording) -> dict[str, Any]:
    """`GET /balance`."""
    recording.sent()
    kobo, error = ask(recording, _session(), vtpass.balance_kobo)
    return refusal(error) | {"kobo": kobo}


def read_webhook(recording: Recording) -> dict[str, Any]:
    """A callback's body."""
    recording.sent()
    hint = vtpass.read_hint(recording.body)
    return {"request_id": hint.request_id, "service_id": hint.service_id}


READERS: dict[str, Callable[[Recording], dict[str, Any]]] = {
    "vtp.pay": read_purchase,
    "vtp.requery": read_requery,
    "vtp.balance": read_balance,
    "vtp.verify": read_meter,
    "vtp.webhook": read_webhook,
}


def _session() -> requests.Session:
    """The session that every call of the client uses."""
    return http()._session


def _answer(answer: Answer | None) -> dict[str, Any]:
    return {
        "verdict": answer.verdict.name if answer else None,
        "amount_kobo": answer.amount_kobo if answer else None,
        "debited_kobo": answer.debited_kobo if answer else None,
        "is_foreign": answer.is_mismatched if answer else None,
        "is_acknowledged": answer.is_acknowledged if answer else None,
        "token": answer.token if answer else None,
        "bonus_token": answer.bonus_token if answer else None,
    }
