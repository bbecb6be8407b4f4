"""Transfers that PayFlow never asked for: made in the vendor's dashboard, or under another key.

The money has left us, so it is booked to suspense on the house's own wallet until a person knows
why. Source: docs/vendors/flutterwave.md, section 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from payflow.kernel.db import atomic
from wallets.clients import TransferStatus
from wallets.flows import MoneyFlow, Schedule
from wallets.house import keep
from wallets.ledger.chart import EXPENSE_VENDOR_FEES, GATEWAY_FLUTTERWAVE, SUSPENSE_FLUTTERWAVE
from wallets.ledger.documents import ChangeSource, Transaction, TransactionStatus
from wallets.ledger.targets import Finding, Posting, Target
from wallets.ledger.vendor_objects import Fact, VendorObject
from wallets.settlement import apply_facts
from wallets.withdrawals import vendor
from wallets.withdrawals.kinds import WithdrawalCase

UNMATCHED_OUT = "UNMATCHED_OUT"  # the type of the house's transactions for them
_FINAL = (TransferStatus.SUCCESSFUL.value, TransferStatus.FAILED.value)


@atomic
def apply_unmatched(
    fact: Fact, *, source: ChangeSource, asked_at: datetime, now: datetime
) -> Transaction:
    """Record a transfer under a reference that is no withdrawal of ours, and book it to suspense.

    Raises: TransactionNotFound, if no money has left us: then there is nothing to keep.
    """
    has_moved = fact.status == TransferStatus.SUCCESSFUL.value
    transaction = keep(fact, UNMATCHED_OUT, "SUT", has_moved=has_moved, source=source, now=now)
    return apply_facts(transaction, [fact], source=source, asked_at=asked_at, now=now)


def find_target(transaction: Transaction, objects: Sequence[VendorObject]) -> Target:
    """What was paid out is in suspense; what came back ends it."""
    paid = [each for each in objects if each.latest(*_FINAL) == TransferStatus.SUCCESSFUL.value]
    return Target(
        status=TransactionStatus.SUCCESS if objects else None,
        final=tuple(
            Posting(debit, GATEWAY_FLUTTERWAVE, kobo, each.currency)
            for each in paid
            for debit, kobo in (
                (SUSPENSE_FLUTTERWAVE, each.amount),
                (EXPENSE_VENDOR_FEES, each.fee),
            )
            if kobo
        ),
        findings=tuple(
            Finding(
                WithdrawalCase.UNKNOWN_TRANSFER,
                each.vendor_id,
                {"paid_kobo": each.amount, "named_reference": each.named_reference},
            )
            for each in paid
        ),
    )


def _ask_nothing(*, reference: str, now: datetime) -> None:
    """Reconciliation asks about it as long as it is in the window."""


FLOW = MoneyFlow(
    name=UNMATCHED_OUT,
    reference_codes={UNMATCHED_OUT: "SUT"},
    vendor=vendor.VENDOR,
    is_credit=True,
    schedule=Schedule((3600,)),
    requery=_ask_nothing,
    requery_task="wallets.requery",
    target=find_target,
    accounts=frozenset({GATEWAY_FLUTTERWAVE, SUSPENSE_FLUTTERWAVE, EXPENSE_VENDOR_FEES}),
    findings=(WithdrawalCase.UNKNOWN_TRANSFER,),
)
