"""VTpass's word on a day's purchases, one by one: it has no list to give."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from airtime.clients.base import Verdict
from airtime.services import outcomes
from wallets.documents import Source, Status, Transaction, Type
from wallets.services.statements import Statement

_STATUSES = {
    Verdict.DELIVERED: Status.SUCCESS,
    Verdict.FAILED: Status.FAILED,
    Verdict.REVERSED: Status.FAILED,
    Verdict.DUPLICATE: Status.FAILED,
}


class Purchases:
    """Airtime and data, by requeries."""

    name = "vtpass purchases"
    types = frozenset({Type.AIRTIME, Type.DATA})

    def of_day(self, start: datetime, end: datetime, now: datetime) -> Iterator[Statement]:
        return iter(())

    def of_transaction(self, transaction: Transaction, now: datetime) -> Statement | None:
        answer = outcomes.ask(transaction)
        if answer.verdict is Verdict.ABSENT:
            return None
        reference = transaction.reference
        outcomes.apply_answer(answer, reference=reference, source=Source.RECONCILE, now=now)
        return Statement(
            reference,
            transaction.provider_reference,
            _STATUSES.get(answer.verdict, Status.PENDING),
            transaction.amount if answer.amount_kobo is None else answer.amount_kobo,
        )
