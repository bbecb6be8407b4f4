"""Stories told fact by fact, without asking the vendor."""

from __future__ import annotations

import itertools
import json
import secrets
from datetime import datetime
from typing import Any

from payflow.kernel import clock
from tests.support.people import Customer
from tests.support.withdrawals import apply_status
from wallets.clients import (
    Chargeback,
    ChargebackStatus,
    Payment,
    PaymentStatus,
    Refund,
    RefundStatus,
    TransferStatus,
)
from wallets.funding import services as funding
from wallets.ledger.documents import ChangeSource, LedgerEntry, Transaction
from wallets.withdrawals import services as transfers

SOURCE = ChangeSource.WEBHOOK


# Vendors count their ids up. The first is random, since tests share a database.
_IDS = itertools.count(secrets.randbits(48))


def new_id() -> str:
    return str(next(_IDS))


def order(customer: Customer, kobo: int) -> str:
    """The reference of a PENDING funding."""
    started = funding.start(user=customer.user, amount_kobo=kobo, now=clock.now())
    return str(started.reference)


def pay(
    reference: str,
    kobo: int,
    *,
    id: str | None = None,
    status: PaymentStatus = PaymentStatus.SUCCESSFUL,
    now: datetime | None = None,
    **more: Any,
) -> str:
    """Apply a payment as the vendor's API describes it; its id."""
    payment_id = id or new_id()
    funding.apply(
        Payment(
            vendor_id=payment_id,
            reference=reference,
            status=status,
            amount_kobo=kobo,
            currency="NGN",
            reason="",
            method="card",
            **more,
        ),
        source=SOURCE,
        now=now or clock.now(),
    )
    return payment_id


def refund(
    payment_id: str, kobo: int, status: RefundStatus = RefundStatus.COMPLETED, *, id: str = ""
) -> str:
    refund_id = id or new_id()
    funding.apply_refund(
        Refund(refund_id, payment_id, status, kobo), source=SOURCE, now=clock.now()
    )
    return refund_id


def dispute(
    payment_id: str, kobo: int, status: ChargebackStatus = ChargebackStatus.OPEN, *, id: str = ""
) -> str:
    chargeback_id = id or new_id()
    funding.apply_chargeback(
        Chargeback(chargeback_id, payment_id, status, kobo, None), source=SOURCE, now=clock.now()
    )
    return chargeback_id


def funded(customer: Customer, kobo: int) -> tuple[str, str]:
    """A funding that is credited: its reference, and the vendor's id of its payment."""
    reference = order(customer, kobo)
    return reference, pay(reference, kobo)


def net(account: str, *references: str) -> int:
    """Debits less credits of an account in these transactions and their REVERSALs."""
    linked = [each.reference for each in Transaction.objects(reverses__in=references)]
    rows = LedgerEntry.objects(transaction__in=[*references, *linked])
    return sum(
        row.amount * ((row.debit_account == account) - (row.credit_account == account))
        for row in rows
    )


def last_reversal(reference: str) -> Transaction:
    return Transaction.objects(reverses=reference).order_by("-number").first()


def spend(customer: Customer, kobo: int) -> str:
    """A withdrawal of this amount, and 10.75 naira of fee, that is paid at once."""
    one = transfers.start(
        user=customer.user,
        amount_kobo=kobo,
        bank_code="044",
        account_number="0690000031",
        now=clock.now(),
    )
    apply_status(one.reference, TransferStatus.SUCCESSFUL)
    return str(one.reference)


def chargeback_webhook(chargeback_id: int, payment_id: int, status: str) -> bytes:
    """As the sandbox sends it."""
    data = {"id": chargeback_id, "tx_id": payment_id, "status": status, "amount": 1500}
    return json.dumps({"event": "chargeback.updated", "data": data}).encode()
