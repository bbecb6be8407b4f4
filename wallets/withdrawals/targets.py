"""What the books should say about a withdrawal: a pure function of its vendor objects.

The first successful transfer captures the hold. A transfer that comes back returns the money. A
second successful transfer is our loss until it is recovered, never the customer's.
"""

from __future__ import annotations

from collections.abc import Sequence

from wallets.clients import TransferStatus
from wallets.ledger.chart import (
    EXPENSE_VENDOR_FEES,
    GATEWAY_FLUTTERWAVE,
    INCOME_FEES,
    SUSPENSE_FLUTTERWAVE,
)
from wallets.ledger.documents import Transaction, TransactionStatus
from wallets.ledger.targets import CUSTOMER, Finding, Posting, Target
from wallets.ledger.vendor_objects import ObjectKind, VendorObject
from wallets.withdrawals.kinds import WithdrawalCase

_PAID = TransferStatus.SUCCESSFUL.value
_FAILED = TransferStatus.FAILED.value
_NOT_COMPLETED = "The transfer could not be completed. Your money is back in your wallet."


def find_target(transaction: Transaction, objects: Sequence[VendorObject]) -> Target:
    """The target of a withdrawal. A transfer of another amount than ours decides nothing."""
    transfers = [each for each in objects if each.kind is ObjectKind.TRANSFER]
    ours = [each for each in transfers if _is_ours(each, transaction)]
    paid = [each for each in ours if _last(each) == _PAID]
    ever_paid = [each for each in ours if each.was(_PAID)]
    deciding = next(iter((*paid, *ever_paid, *ours)), None)
    order = (
        Posting(CUSTOMER, GATEWAY_FLUTTERWAVE, int(transaction.amount)),
        *([Posting(CUSTOMER, INCOME_FEES, int(transaction.fee))] if transaction.fee else []),
    )
    # A second transfer, and one of another amount, are ours to recover.
    lost = [*paid[1:], *(each for each in transfers if each not in ours and _last(each) == _PAID)]
    return Target(
        status=_status(ours, ever_paid),
        first=order if ever_paid else (),
        final=(
            *(order if paid else ()),
            *(
                Posting(SUSPENSE_FLUTTERWAVE, GATEWAY_FLUTTERWAVE, each.amount, each.currency)
                for each in lost
            ),
            *(
                Posting(EXPENSE_VENDOR_FEES, GATEWAY_FLUTTERWAVE, each.fee, each.currency)
                for each in (*paid[:1], *lost)
                if each.fee
            ),
        ),
        findings=tuple(_findings(transaction, transfers, ours, paid)),
        reason=_reason(deciding, ever_paid),
        vendor_reason=deciding.details.get("vendor_reason") if deciding else None,
        vendor_id=deciding.vendor_id if deciding else None,
        taken_back="The bank paid this transfer after all.",
        given_back="The bank returned this transfer. The money is back in your wallet.",
    )


def _last(transfer: VendorObject) -> str:
    """The latest final status; the present one if there is none."""
    return transfer.latest(_PAID, _FAILED)


def _is_ours(transfer: VendorObject, transaction: Transaction) -> bool:
    return bool(transfer.amount == transaction.amount and transfer.currency == transaction.currency)


def _status(
    ours: Sequence[VendorObject], ever_paid: Sequence[VendorObject]
) -> TransactionStatus | None:
    """FAILED once every transfer under the reference has failed."""
    if ever_paid:
        return TransactionStatus.SUCCESS
    has_failed = bool(ours) and all(_last(each) == _FAILED for each in ours)
    return TransactionStatus.FAILED if has_failed else None


def _reason(deciding: VendorObject | None, ever_paid: Sequence[VendorObject]) -> str | None:
    if deciding is None or ever_paid:
        return None
    return str(deciding.details.get("reason") or _NOT_COMPLETED)


def _findings(
    transaction: Transaction,
    transfers: Sequence[VendorObject],
    ours: Sequence[VendorObject],
    paid: Sequence[VendorObject],
) -> list[Finding]:
    found = [
        _finding(WithdrawalCase.AMOUNT_DIFFERS, each, transaction)
        for each in transfers
        if each not in ours and _last(each) != _FAILED
    ]
    found += [_finding(WithdrawalCase.PAID_TWICE, each, transaction) for each in paid[1:]]
    for each in ours:
        statuses = [sighting.status for sighting in each.history]
        if _PAID not in statuses:
            continue
        if _FAILED in statuses[: statuses.index(_PAID)]:
            found.append(_finding(WithdrawalCase.PAID_AFTER_FAILED, each, transaction))
        if _last(each) == _FAILED:
            found.append(_finding(WithdrawalCase.REVERSED_AFTER_SUCCESS, each, transaction))
    return found


def _finding(kind: WithdrawalCase, transfer: VendorObject, transaction: Transaction) -> Finding:
    return Finding(
        kind,
        transfer.vendor_id,
        {
            "ours_kobo": transaction.amount,
            "theirs_kobo": transfer.amount,
            "vendor_status": transfer.status,
            "vendor_reason": transfer.details.get("vendor_reason", ""),
            "times": transfer.times(_PAID, _FAILED),
        },
    )
