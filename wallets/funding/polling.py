"""Asking Flutterwave for refunds and chargebacks, which its dashboard can start without us.

Source: docs/vendors/flutterwave.md. A webhook of a chargeback is sent on request only.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from mongoengine import QuerySet

from payflow.kernel.errors import PayflowError, VendorUnavailable
from wallets.clients import ChargebackStatus, RefundStatus
from wallets.flows import Statement
from wallets.funding import statements
from wallets.ledger.vendor_objects import ObjectKind, VendorObject

logger = logging.getLogger(__name__)

_WINDOW = timedelta(days=2)
# What was decided may change: a refund fails at the payer's bank, a dispute goes on. Assumed: a
# refund within 45 days, because cards take up to 15 working days, and a chargeback within 120.
_MAY_CHANGE_FOR = {
    ObjectKind.REFUND: timedelta(days=45),
    ObjectKind.CHARGEBACK: timedelta(days=120),
}
_ASK_AGAIN_AFTER = timedelta(days=3)
_FORGET_AFTER = timedelta(days=20)
_MOST_AT_ONCE = 500
_FIND = {
    ObjectKind.REFUND: statements.find_refund,
    ObjectKind.CHARGEBACK: statements.find_chargeback,
}
# After this many questions in a row without an answer the vendor is away.
_UNANSWERED = 3


def poll_refunds(*, now: datetime) -> None:
    """Apply the refunds and chargebacks of the last two days, and what became of earlier ones.

    All that are not decided are asked about, and every three days those that may still change.
    Raises: VendorUnavailable.
    """
    start, end = now - _WINDOW, now + timedelta(days=1)
    listed = [
        *statements.list_refunds(start=start, end=end, now=now),
        *statements.list_chargebacks(start=start, end=end, now=now),
    ]
    seen = {each.vendor_id for each in listed}
    for kind, find in _FIND.items():
        for known in (*_undecided(kind), *_unheard_of(kind, now)):
            if known.vendor_id not in seen:
                found = find(known=known, now=now)
                listed += [found] if found else []
    _apply(listed)


def _undecided(kind: ObjectKind) -> QuerySet[VendorObject]:
    open_statuses = [ChargebackStatus.OPEN.value, RefundStatus.PENDING.value]
    return VendorObject.objects(kind=kind, status__in=open_statuses)


def _unheard_of(kind: ObjectKind, now: datetime) -> QuerySet[VendorObject]:
    """Those that nobody asked about for three days, as long as they may still change.

    The index begins after those that are too old, so a long history costs nothing.
    """
    return VendorObject.objects(
        kind=kind,
        asked_at__lte=now - _ASK_AGAIN_AFTER,
        asked_at__gt=now - _FORGET_AFTER,
        made_at__gte=now - _MAY_CHANGE_FOR[kind],
    ).limit(_MOST_AT_ONCE)


def _apply(listed: list[Statement]) -> None:
    """Apply what can be applied. A row whose payment cannot be read keeps no other one out.

    Raises: VendorUnavailable, if some rows had no answer; at once after several in a row.
    """
    unanswered: list[VendorUnavailable] = []
    in_a_row = 0
    for each in listed:
        if each.problem:
            continue  # reconciliation reports what cannot be read
        try:
            each.apply()
            in_a_row = 0
        except VendorUnavailable as exc:
            unanswered.append(exc)
            in_a_row += 1
            if in_a_row >= _UNANSWERED:
                break
        except PayflowError as exc:
            logger.warning("refund or chargeback %s is not applied: %s", each.vendor_id, exc)
    if unanswered:
        raise unanswered[0]
