"""Withdrawals in this process, step by step, and what the vendor says of them."""

from __future__ import annotations

from datetime import timedelta

from payflow.kernel import clock
from tests.support.people import Customer, deliver
from tests.support.vendor import Vendor, disbursed
from wallets import requery
from wallets.clients import Transfer, TransferStatus
from wallets.inbox import services as inbox
from wallets.inbox.documents import WebhookEvent
from wallets.ledger.documents import ChangeSource, Transaction
from wallets.withdrawals import services as transfers


def start(customer: Customer, amount: str = "1000", **more: str) -> str:
    """The reference of a withdrawal that was accepted."""
    answer = customer.withdraw(amount, **more)
    assert answer.status_code == 202, answer.content
    return answer.json()["tx_ref"]


def send_transfer(reference: str) -> None:
    transfers.send(reference=reference, now=clock.now())


def requery_withdrawal(reference: str, after: timedelta = timedelta()) -> None:
    """Requery the withdrawal as at this time from now."""
    requery.requery(reference=reference, now=clock.now() + after)


def process_webhook(reference: str, vendor: Vendor, status: str) -> WebhookEvent:
    """Deliver the transfer's webhook with this status, and process its event."""
    [payout] = vendor.payouts(reference)
    deliver(disbursed(payout["id"], reference, status))
    key = f"transfer:{payout['id']}:{status.lower()}"
    event = WebhookEvent.objects.get(dedupe_key__startswith=key)
    inbox.process(event_id=event.pk, now=clock.now())
    return WebhookEvent.objects.get(pk=event.pk)


def apply_status(
    reference: str,
    status: TransferStatus,
    *,
    reason: str = "",
    amount_kobo: int = 0,
    source: ChangeSource = ChangeSource.WEBHOOK,
) -> None:
    """Apply a transfer with this status, without asking the vendor. amount_kobo: 0 for ours.

    It has the same vendor's id each time, and another one than the transfers of other tests.
    """
    transaction = Transaction.objects.get(reference=reference)
    transfer = Transfer(
        vendor_id=f"own-{reference}",
        reference=reference,
        status=status,
        amount_kobo=amount_kobo or transaction.amount,
        reason=reason,
        vendor_reason=f"DISBURSE FAILED: {reason}",
    )
    transfers.apply_all([transfer], source=source, now=clock.now())


def fail_transfer(reference: str) -> None:
    apply_status(reference, TransferStatus.FAILED, reason="Unable to obtain user details")
