"""What Flutterwave says about payments, refunds and chargebacks, as facts that are recorded."""

from __future__ import annotations

from wallets.clients import Chargeback, Payment, Refund
from wallets.funding import vendor
from wallets.ledger.vendor_objects import Fact, ObjectKind


def of_payment(payment: Payment) -> Fact:
    return Fact(
        vendor=vendor.VENDOR,
        kind=ObjectKind.PAYMENT,
        vendor_id=payment.vendor_id,
        status=payment.status.value,
        amount=payment.amount_kobo,
        fee=payment.fee_kobo,
        currency=payment.currency,
        named_reference=payment.reference,
        made_at=payment.created_at,
        details={"reason": payment.reason, "method": payment.method},
    )


def of_refund(refund: Refund) -> Fact:
    return Fact(
        vendor=vendor.VENDOR,
        kind=ObjectKind.REFUND,
        vendor_id=refund.vendor_id,
        status=refund.status.value,
        amount=refund.amount_kobo,
        payment_id=refund.payment_id,
        made_at=refund.created_at,
    )


def of_chargeback(chargeback: Chargeback) -> Fact:
    return Fact(
        vendor=vendor.VENDOR,
        kind=ObjectKind.CHARGEBACK,
        vendor_id=chargeback.vendor_id,
        status=chargeback.status.value,
        amount=chargeback.amount_kobo,
        payment_id=chargeback.payment_id,
        made_at=chargeback.created_at,
        due_at=chargeback.due_at,
    )
