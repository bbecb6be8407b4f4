"""Fundings that are ready to be settled, written in bulk without the services."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from bson import ObjectId

from payflow.kernel import clock
from payflow.kernel.references import new_reference
from wallets.flutterwave import VENDOR
from wallets.inbox.documents import WebhookEvent
from wallets.ledger.documents import (
    Change,
    ChangeSource,
    Transaction,
    TransactionStatus,
    Wallet,
)

AMOUNT_KOBO = 1_500_00
_ids = count(1)


@dataclass(frozen=True)
class Case:
    """One event in the inbox, with the wallet and the ids of the payment that it announces."""

    wallet_id: ObjectId
    event_id: ObjectId
    reference: str
    vendor_id: str


def make_payment(vendor_id: str, reference: str) -> dict[str, Any]:
    """The payment as the vendor describes it, in a webhook and in the answer to a question.

    Source: docs/vendors/flutterwave.md, sections 3 and 6.
    """
    return {
        "id": int(vendor_id),
        "tx_ref": reference,
        "flw_ref": f"FLW-MOCK-{vendor_id:0>32}",
        "amount": AMOUNT_KOBO // 100,
        "charged_amount": AMOUNT_KOBO // 100,
        "currency": "NGN",
        "app_fee": 21,
        "merchant_fee": 0,
        "processor_response": "Approved by Financial Institution",
        "auth_model": "PIN",
        "ip": "102.89.0.10",
        "narration": "CARD Transaction",
        "status": "successful",
        "payment_type": "card",
        "created_at": "2026-03-14T09:21:07.000Z",
        "account_id": 118420,
        "customer": {"id": 2140933, "name": "Ada Obi", "email": "ada@example.com"},
    }


def make_webhook_body(vendor_id: str, reference: str) -> str:
    data = make_payment(vendor_id, reference)
    body = {"event": "charge.completed", "data": data, "event.type": "CARD_TRANSACTION"}
    return json.dumps(body)


def prepare(number: int, *, wallets: int | None = None) -> list[Case]:
    """Write `number` cases, spread over `wallets` new wallets; None: each has its own wallet."""
    now = clock.now()
    wallet_count = wallets or number
    owners = [make_wallet(now, transactions=number // wallet_count) for _ in range(wallet_count)]
    fundings = [
        make_funding(owners[n % wallet_count], n // wallet_count + 1, now) for n in range(number)
    ]
    vendor_ids = [str(next(_ids)) for _ in fundings]
    events = [
        _event(vendor_id, funding.reference, now)
        for vendor_id, funding in zip(vendor_ids, fundings, strict=True)
    ]
    insert(owners)
    insert(fundings)
    insert(events)
    return [
        Case(funding.wallet, event.pk, funding.reference, vendor_id)
        for funding, event, vendor_id in zip(fundings, events, vendor_ids, strict=True)
    ]


def make_funding(wallet: Wallet, number: int, now: datetime) -> Transaction:
    """A PENDING funding, as `start` records it."""
    expires_at = now + timedelta(minutes=30)
    return Transaction(
        id=ObjectId(),
        reference=new_reference("FUN"),
        number=number,
        wallet=wallet.pk,
        user_id=wallet.user_id,
        type="FUNDING",
        status=TransactionStatus.PENDING,
        amount=AMOUNT_KOBO,
        requested_amount=AMOUNT_KOBO,
        currency=wallet.currency,
        vendor=VENDOR,
        history=[Change(status=TransactionStatus.PENDING, source=ChangeSource.API, at=now)],
        link="https://checkout.example/pay/flwlnk-01jq7zk4m2v6t9c8r5x3w1y0ab",
        expires_at=expires_at,
        next_check_at=expires_at,
        created_at=now,
        updated_at=now,
    )


def insert(documents: Sequence[Any]) -> None:
    """Write documents of one kind with one command."""
    collection = type(documents[0])._get_collection()
    collection.insert_many([document.to_mongo() for document in documents])


def sum_balances_kobo(cases: list[Case]) -> int:
    """The sum of the balances of the wallets of these cases."""
    wallets = Wallet._get_collection().find({"_id": {"$in": [case.wallet_id for case in cases]}})
    return sum(wallet["balance"] for wallet in wallets)


def make_wallet(now: datetime, *, transactions: int) -> Wallet:
    """An empty wallet whose latest transaction has the number `transactions`."""
    return Wallet(
        id=ObjectId(),
        user_id=ObjectId(),
        transaction_number=transactions,
        transaction_at=now,
        created_at=now,
        updated_at=now,
    )


def _event(vendor_id: str, reference: str, now: datetime) -> WebhookEvent:
    return WebhookEvent(
        id=ObjectId(),
        vendor=VENDOR,
        dedupe_key=f"charge:{vendor_id}:successful",
        raw_body=make_webhook_body(vendor_id, reference),
        received_at=now,
        # So late that no sweep takes it before the benchmark settles it.
        next_attempt_at=now + timedelta(hours=1),
    )
