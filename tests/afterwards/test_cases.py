"""Review cases: a finding that went away and returns is open again, and says what is so."""

from __future__ import annotations

from tests.support.facts import dispute, funded, order, pay, refund, spend
from tests.support.people import Customer
from tests.support.staging import close_cases, open_cases, staged
from tests.support.withdrawals import apply_status
from wallets.clients import ChargebackStatus, RefundStatus, TransferStatus
from wallets.review.documents import ReviewCase


def test_a_dispute_that_returns_has_an_open_case(customer: Customer) -> None:
    """Staff closed the case; the dispute was won, and is open again."""
    reference, payment_id = funded(customer, 1000_00)
    chargeback = dispute(payment_id, 1000_00)
    close_cases(reference)
    dispute(payment_id, 1000_00, ChargebackStatus.WON, id=chargeback)
    dispute(payment_id, 1000_00, id=chargeback)
    staged(customer.wallet.held == 1000_00, "it is not frozen")

    assert open_cases(reference) == ["chargeback"]


def test_a_second_return_of_a_transfer_has_an_open_case(customer: Customer) -> None:
    """Paid, returned (closed by staff), paid again, returned again."""
    funded(customer, 2000_00)
    reference = spend(customer, 1000_00)
    apply_status(reference, TransferStatus.FAILED)
    close_cases(reference)
    apply_status(reference, TransferStatus.SUCCESSFUL)
    apply_status(reference, TransferStatus.FAILED)
    staged(customer.wallet.balance == 2000_00, "it is not back")

    assert open_cases(reference) == ["reversed_after_success"]


def test_an_open_case_says_what_is_left_in_suspense_now(customer: Customer) -> None:
    """400 of an underpayment; 100 refunded; the refund fails: 400 are left again."""
    reference = order(customer, 1000_00)
    payment_id = pay(reference, 400_00)
    refund_id = refund(payment_id, 100_00)
    refund(payment_id, 100_00, RefundStatus.FAILED, id=refund_id)

    [case] = ReviewCase.objects(transaction=reference, kind="underpaid", state="OPEN")
    assert case.evidence["left_kobo"] == 400_00
