"""Nothing false is said about money that comes back to a wallet."""

from __future__ import annotations

from payflow.kernel import clock
from tests.support.facts import dispute, funded, last_reversal, order, pay, refund
from tests.support.people import Customer
from tests.support.staging import staged
from wallets.clients import ChargebackStatus, PaymentStatus, RefundStatus
from wallets.funding.suspense import credit_excess

_LIES = ("took", "refunded")


def _says_it_was_taken(reference: str) -> str | None:
    reversal = last_reversal(reference)
    staged(reversal.details["direction"] == "in", "it took money")
    words = str(reversal.reason)
    return words if any(lie in words for lie in _LIES) else None


def test_a_chargeback_that_is_won_after_all_is_not_said_to_take_money(customer: Customer) -> None:
    """Lost, then won: the REVERSAL gives the money back."""
    reference, payment_id = funded(customer, 1000_00)
    chargeback = dispute(payment_id, 1000_00, ChargebackStatus.LOST)
    dispute(payment_id, 1000_00, ChargebackStatus.WON, id=chargeback)
    staged(customer.wallet.balance == 1000_00, "it is not back")

    assert _says_it_was_taken(reference) is None


def test_a_refund_that_fails_is_not_said_to_take_money(customer: Customer) -> None:
    """Completed, then failed: the REVERSAL gives the money back."""
    reference, payment_id = funded(customer, 1000_00)
    refund_id = refund(payment_id, 1000_00)
    refund(payment_id, 1000_00, RefundStatus.FAILED, id=refund_id)
    staged(customer.wallet.balance == 1000_00, "it is not back")

    assert _says_it_was_taken(reference) is None


def test_a_payment_that_is_successful_again_is_not_said_to_be_taken(customer: Customer) -> None:
    """Reversed, then successful."""
    reference, payment_id = funded(customer, 1000_00)
    for status in (PaymentStatus.REVERSED, PaymentStatus.SUCCESSFUL):
        pay(reference, 1000_00, id=payment_id, status=status)
    staged(customer.wallet.balance == 1000_00, "it is not back")

    assert _says_it_was_taken(reference) is None


def test_an_excess_that_is_credited_after_a_refund_is_not_said_to_be_refunded(
    customer: Customer,
) -> None:
    """300 of 1,800 were refunded; staff credit the other 500 beyond the order."""
    reference = order(customer, 1000_00)
    payment_id = pay(reference, 1800_00)
    refund(payment_id, 300_00)
    credit_excess(reference=reference, by="ada", now=clock.now())
    staged(customer.wallet.balance == 1500_00, "it is not credited")

    assert _says_it_was_taken(reference) is None
