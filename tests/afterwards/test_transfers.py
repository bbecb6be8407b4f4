"""Retries of retries, contests about what staff gave away, and transfers under other amounts."""

from __future__ import annotations

import json

from payflow.kernel import clock
from tests.support.invariants import check_money
from tests.support.people import Customer
from tests.support.staging import Worker, ask, open_cases, pay_under, sent, staged
from tests.support.vendor import Vendor
from wallets.funding.suspense import resolve_suspense
from wallets.ledger.documents import Transaction, TransactionStatus
from wallets.ledger.vendor_objects import VendorObject


def test_a_transfer_that_is_retried_three_times_is_paid_once(
    rich: Customer, vendor: Vendor, worker: Worker
) -> None:
    """Two retries fail, too; the third is paid. No failure is believed meanwhile."""
    reference = sent(rich, worker)
    vendor.end_transfer(reference, "FAILED")
    for status in ("FAILED", "FAILED", "SUCCESSFUL"):
        again = vendor.retry(reference)
        vendor.end_transfer(again, status)
    ask(reference)
    transaction = rich.transaction(reference)
    assert transaction.status is TransactionStatus.SUCCESS
    assert [each.status.value for each in transaction.history] == ["PENDING", "SUCCESS"]
    assert (rich.wallet.balance, rich.wallet.held) == (10000_00 - 1010_75, 0)
    check_money(rich.wallet)


def test_a_retry_of_a_retry_is_found_before_the_failure_is_believed(
    rich: Customer, vendor: Vendor, worker: Worker
) -> None:
    """The dashboard retries the retry; its id is in no list of the first one's retries."""
    reference = sent(rich, worker)
    vendor.end_transfer(reference, "FAILED")
    first = vendor.retry(reference)
    vendor.end_transfer(first, "FAILED")
    try:
        second = vendor.retry(first)
    except AssertionError:
        staged(False, "the sandbox retries no retry")
    vendor.end_transfer(second, "SUCCESSFUL")
    ask(reference)

    transaction = rich.transaction(reference)
    assert [each.status.value for each in transaction.history] == ["PENDING", "SUCCESS"]


def test_a_contest_about_a_payment_that_staff_gave_away_is_asked_about(
    customer: Customer, vendor: Vendor, worker: Worker
) -> None:
    """The webhook says reversed a moment before the API does."""
    payment_id = str(pay_under(vendor, "no-reference-of-ours", "700", "NGN"))
    worker.hear(_charge(payment_id, "successful"))
    given = resolve_suspense(payment_id=payment_id, user=customer.user, by="a", now=clock.now())
    staged(customer.wallet.balance == 700_00, "it is not credited")
    worker.hear(_charge(payment_id, "reversed"))
    vendor.correct(int(payment_id), "reversed")
    [known] = VendorObject.objects(vendor_id=payment_id, kind="payment")
    staged(known.claimed == "reversed", "it is not contested")
    for each in (given.reference, known.transaction):
        ask(each)

    assert customer.wallet.balance == 0


def test_a_payment_that_staff_gave_away_is_asked_about_by_its_funding(
    customer: Customer, vendor: Vendor, worker: Worker
) -> None:
    """A second payment; `Ask the vendor again` in the admin on the funding that has it now."""
    reference = customer.fund("1000")["tx_ref"]
    payment_id = vendor.pay_again(reference, 400)
    ask(reference)
    given = resolve_suspense(
        payment_id=str(payment_id), user=customer.user, by="a", now=clock.now()
    )
    vendor.correct(payment_id, "reversed")
    ask(given.reference)

    assert customer.wallet.balance == 0


def test_a_transfer_of_another_amount_that_fails_ends_or_has_a_case(
    rich: Customer, vendor: Vendor, worker: Worker
) -> None:
    """The only transfer, 100 times too much, failed: then nothing was paid at all."""
    from tests.support.withdrawals import apply_status
    from wallets.clients import TransferStatus

    reference = sent(rich, worker)
    apply_status(reference, TransferStatus.PENDING, amount_kobo=100000_00)
    staged("amount_differs" in open_cases(reference), "it is no finding")
    apply_status(reference, TransferStatus.FAILED, amount_kobo=100000_00)

    pending = Transaction.objects.get(reference=reference)
    assert pending.status is not TransactionStatus.PENDING or pending.next_check_at
    check_money(rich.wallet)


def _charge(payment_id: str, status: str) -> bytes:
    data = {"id": int(payment_id), "tx_ref": "no-reference-of-ours", "status": status}
    return json.dumps({"event": "charge.completed", "data": data}).encode()
