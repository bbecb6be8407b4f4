"""What Flutterwave says about a transfer, as a fact that is recorded."""

from __future__ import annotations

from wallets.clients import Transfer
from wallets.ledger.vendor_objects import Fact, ObjectKind
from wallets.withdrawals import vendor


def of_transfer(transfer: Transfer) -> Fact:
    return Fact(
        vendor=vendor.VENDOR,
        kind=ObjectKind.TRANSFER,
        vendor_id=transfer.vendor_id,
        status=transfer.status.value,
        amount=transfer.amount_kobo,
        fee=transfer.fee_kobo,
        currency=transfer.currency,
        named_reference=transfer.reference,
        made_at=transfer.created_at,
        details={"reason": transfer.reason, "vendor_reason": transfer.vendor_reason},
    )
