"""Charges of the vendor that belong to no transfer of its own account: stamp duty.

They are seen only in the vendor's statement of our balance. Each is booked on the house's chain,
once. Source: docs/vendors/flutterwave.md, section 4b.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from payflow.kernel import clock
from payflow.kernel.db import atomic
from wallets.clients import Movement, UnreadableRow
from wallets.flows import MoneyFlow, Schedule, Statement, StatementSource
from wallets.flutterwave import collections
from wallets.house import keep
from wallets.ledger.chart import EXPENSE_DUTY, GATEWAY_FLUTTERWAVE
from wallets.ledger.documents import ChangeSource, Transaction, TransactionStatus
from wallets.ledger.targets import Posting, Target
from wallets.ledger.vendor_objects import Fact, ObjectKind, VendorObject
from wallets.settlement import apply_facts
from wallets.withdrawals import vendor

CHARGE = "CHARGE"  # the type of the house's transactions for them
_TAKEN, _GIVEN_BACK = "taken", "given back"
# Assumed: how the vendor names it in its statement.
_DUTY = re.compile(r"\b(stamp|duty|levy)\b", re.I)


def find_target(transaction: Transaction, objects: Sequence[VendorObject]) -> Target:
    """What was taken is an expense; what was given back ends it."""
    postings = [
        Posting(EXPENSE_DUTY, GATEWAY_FLUTTERWAVE, each.amount)
        if each.status == _TAKEN
        else Posting(GATEWAY_FLUTTERWAVE, EXPENSE_DUTY, each.amount)
        for each in objects
    ]
    return Target(status=TransactionStatus.SUCCESS, final=tuple(postings))


def list_charges(*, start: datetime, end: datetime, now: datetime) -> Iterator[Statement]:
    """Raises: VendorUnavailable."""
    for row in collections().list_movements(*clock.utc_days(start, end)):
        if isinstance(row, UnreadableRow):
            yield Statement.unreadable(row.vendor_id, f"{row.problem}: {row.row}")
        elif _DUTY.search(row.remarks) and clock.is_within(row.at, start, end):
            yield _statement(row, now)


def find_charge(*, known: VendorObject, now: datetime) -> Statement | None:
    """The statement has no call for one row, so a row that was listed once is believed."""
    return Statement(
        vendor_id=known.vendor_id,
        reference=str(known.named_reference),
        status=known.status,
        has_moved=True,
        amount=known.amount,
    )


def _statement(row: Movement, now: datetime) -> Statement:
    fact = Fact(
        vendor=vendor.VENDOR,
        kind=ObjectKind.CHARGE,
        vendor_id=f"{row.vendor_reference}:{row.at}:{row.amount_kobo}",
        status=_TAKEN if row.amount_kobo < 0 else _GIVEN_BACK,
        amount=abs(row.amount_kobo),
        named_reference=row.vendor_reference,
        made_at=row.at,
        details={"remarks": row.remarks},
    )
    return Statement(
        vendor_id=fact.vendor_id,
        reference=row.vendor_reference,
        status=fact.status,
        has_moved=True,
        amount=fact.amount,
        apply=lambda: _apply(fact, now),
    )


@atomic
def _apply(fact: Fact, now: datetime) -> Transaction:
    source = ChangeSource.RECONCILE
    transaction = keep(fact, CHARGE, "CHG", has_moved=True, source=source, now=now)
    return apply_facts(transaction, [fact], source=source, asked_at=now, now=now)


def _ask_nothing(*, reference: str, now: datetime) -> None:
    """A row of a statement does not change."""


FLOW = MoneyFlow(
    name=CHARGE,
    reference_codes={CHARGE: "CHG"},
    vendor=vendor.VENDOR,
    is_credit=True,
    schedule=Schedule((3600,)),
    requery=_ask_nothing,
    requery_task="wallets.requery",
    target=find_target,
    accounts=frozenset({GATEWAY_FLUTTERWAVE, EXPENSE_DUTY}),
    sources=(
        StatementSource(
            name="flutterwave charges",
            kind=ObjectKind.CHARGE,
            list=list_charges,
            find=find_charge,
        ),
    ),
)
