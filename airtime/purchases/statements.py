"""VTpass's word on a day's purchases, one by one: it has no list to give."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from airtime.purchases import outcomes
from airtime.vendors import PurchaseVerdict
from wallets.ledger.documents import (
    ChangeSource,
    Transaction,
    TransactionStatus,
    TransactionType,
)
from wallets.oversight.statements import Statement

_STATUSES = {
    PurchaseVerdict.DELIVERED: TransactionStatus.SUCCESS,
    PurchaseVerdict.FAILED: TransactionStatus.FAILED,
    PurchaseVerdict.REVERSED: TransactionStatus.FAILED,
    PurchaseVerdict.DUPLICATE: TransactionStatus.FAILED,
}


class Purchases:
    """Airtime and data, by requeries."""

    name = "vtpass purchases"
    types = frozenset({TransactionType.AIRTIME, TransactionType.DATA})

    def of_day(self, start: datetime, end: datetime, now: datetime) -> Iterator[Statement]:
        return iter(())

    def of_transaction(self, transaction: Transaction, now: datetime) -> Statement | None:
        answer = outcomes.ask(transaction)
        if answer.verdict is PurchaseVerdict.ABSENT:
            return None
        reference = transaction.reference
        outcomes.apply_answer(answer, reference=reference, source=ChangeSource.RECONCILE, now=now)
        return Statement(
            reference,
            transaction.vendor_id,
            _STATUSES.get(answer.verdict, TransactionStatus.PENDING),
            transaction.amount if answer.amount_kobo is None else answer.amount_kobo,
        )
