"""Asking Flutterwave for refunds and chargebacks, which its dashboard can start without us.

Source: docs/vendors/flutterwave.md. A webhook of a chargeback is sent on request only.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from payflow.kernel.errors import PayflowError, VendorUnavailable
from wallets.flows import Statement
from wallets.funding import statements
from wallets.ledger.vendor_objects import ObjectKind, VendorObject

logger = logging.getLogger(__name__)

_WINDOW = timedelta(days=2)
# After this many questions in a row without an answer the vendor is away.
_UNANSWERED = 3


def poll_refunds(*, now: datetime) -> None:
    """Apply every refund and chargeback of the last two days, and all that are not decided.

    Raises: VendorUnavailable.
    """
    start, end = now - _WINDOW, now + timedelta(days=1)
    listed = [
        *statements.list_refunds(start=start, end=end, now=now),
        *statements.list_chargebacks(start=start, end=end, now=now),
    ]
    seen = {each.vendor_id for each in listed}
    undecided = (
        (ObjectKind.CHARGEBACK, "open", statements.find_chargeback),
        (ObjectKind.REFUND, "pending", statements.find_refund),
    )
    for kind, status, find in undecided:
        for known in VendorObject.objects(kind=kind, status=status):
            if known.vendor_id not in seen:
                found = find(known=known, now=now)
                listed += [found] if found else []
    _apply(listed)


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
