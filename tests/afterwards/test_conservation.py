"""What a vendor took beyond a payment is in the books, and the customer's part is owed."""

from __future__ import annotations

from tests.support.facts import dispute, funded, net, refund
from tests.support.people import Customer
from tests.support.staging import open_cases
from wallets.clients import ChargebackStatus

GATEWAY = "gateway:flutterwave"


def test_a_chargeback_that_is_lost_after_a_full_refund_is_in_the_books(customer: Customer) -> None:
    """Staff refunded the payer, who won the dispute at the bank too: the vendor took it twice."""
    reference, payment_id = funded(customer, 1500_00)
    refund(payment_id, 1500_00)
    dispute(payment_id, 1500_00, ChargebackStatus.LOST)

    assert net(GATEWAY, reference) == 1500_00 - 1500_00 - 1500_00


def test_a_chargeback_beyond_what_is_left_has_a_finding(customer: Customer) -> None:
    """At the least a person must hear of it. The case of an open dispute closes when it is lost."""
    reference, payment_id = funded(customer, 1500_00)
    refund(payment_id, 1500_00)
    dispute(payment_id, 1500_00, ChargebackStatus.LOST)

    assert open_cases(reference) != []


def test_two_lost_chargebacks_on_one_payment_are_both_in_the_books(customer: Customer) -> None:
    """Two ids, both lost, each over the whole payment."""
    reference, payment_id = funded(customer, 1500_00)
    for _ in range(2):
        dispute(payment_id, 1500_00, ChargebackStatus.LOST)

    assert net(GATEWAY, reference) == 1500_00 - 2 * 1500_00


def test_a_partial_refund_and_a_chargeback_over_the_whole_are_both_in_the_books(
    customer: Customer,
) -> None:
    """400 refunded, then 1,500 charged back: 400 more than the payment had left."""
    reference, payment_id = funded(customer, 1500_00)
    refund(payment_id, 400_00)
    dispute(payment_id, 1500_00, ChargebackStatus.LOST)

    assert net(GATEWAY, reference) == -400_00
