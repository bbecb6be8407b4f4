"""What open chargebacks want frozen, compared with what their transactions freeze."""

from __future__ import annotations

from collections.abc import Iterator

from payflow.kernel.db import atomic
from payflow.kernel.money import to_naira_text
from wallets import flows
from wallets.clients import ChargebackStatus
from wallets.ledger.documents import Transaction
from wallets.ledger.vendor_objects import ObjectKind, VendorObject, objects_of
from wallets.oversight.audit.findings import Finding
from wallets.review.audit_findings import AuditFinding


def find_freed() -> Iterator[Finding]:
    """Transactions from which somebody freed money that a payer disputes."""
    disputes = VendorObject.objects(kind=ObjectKind.CHARGEBACK, status=ChargebackStatus.OPEN.value)
    for reference in sorted({each.transaction for each in disputes.only("transaction")}):
        if (finding := _compare(reference)) is not None:
            yield finding


@atomic
def _compare(reference: str) -> Finding | None:
    ours = Transaction.objects(reference=reference).first()
    flow = flows.find_flow(ours.type) if ours else None
    if ours is None or flow is None:
        return None
    wanted = flow.target(ours, objects_of(reference)).frozen_kobo
    frozen = int(ours.frozen or 0) + int(ours.unfrozen or 0)
    if frozen == wanted:
        return None
    sentence = f"{to_naira_text(wanted)} is disputed, and {to_naira_text(frozen)} is frozen for it."
    return Finding(str(ours.wallet), AuditFinding.HELD_DIFFERS, reference, sentence)
