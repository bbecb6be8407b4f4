"""What staff decided about suspense holds against what the vendor does next, or at once."""

from __future__ import annotations

import pytest

from payflow.kernel import clock
from tests.support.facts import dispute, net, order, pay, refund
from tests.support.invariants import check_money
from tests.support.people import Customer
from tests.support.staging import open_cases, staged
from wallets.clients import ChargebackStatus
from wallets.funding import services as funding
from wallets.funding.suspense import credit_excess, resolve_suspense

SUSPENSE = "suspense:flutterwave"


def test_a_refund_that_arrives_while_staff_decide_takes_the_money(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The refund is looked up, staff give its payment to a customer, the refund is booked."""
    reference = order(customer, 1000_00)
    payment_id = pay(reference, 400_00)
    real = funding._apply_fact

    def overtaken(*arguments: object, **more: object) -> object:
        monkeypatch.setattr(funding, "_apply_fact", real)
        resolve_suspense(payment_id=payment_id, user=customer.user, by="ada", now=clock.now())
        return real(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(funding, "_apply_fact", overtaken)
    refund_id = refund(payment_id, 400_00)
    staged(customer.wallet.balance in (0, 400_00), "staff gave it to nobody")
    refund(payment_id, 400_00, id=refund_id)  # the poll hears of it again

    assert customer.wallet.balance == 0


def test_a_third_payment_waits_in_suspense_although_staff_credited_the_second(
    customer: Customer,
) -> None:
    """1,000 ordered, paid twice, the second credited by staff and then refunded; then a third."""
    reference = order(customer, 1000_00)
    pay(reference, 1000_00)
    second = pay(reference, 1000_00)
    credit_excess(reference=reference, by="ada", now=clock.now())
    refund(second, 1000_00)
    staged(customer.wallet.balance == 1000_00, "the second is not refunded")
    pay(reference, 1000_00)
    check_money(customer.wallet)

    assert customer.wallet.balance == 1000_00
    assert net(SUSPENSE, reference) == -1000_00
    assert open_cases(reference) == ["paid_twice"]


def test_a_refund_of_a_credited_second_payment_leaves_the_order(customer: Customer) -> None:
    """Staff credited the second payment; its refund takes exactly that back."""
    reference = order(customer, 1000_00)
    pay(reference, 1000_00)
    second = pay(reference, 1000_00)
    credit_excess(reference=reference, by="ada", now=clock.now())
    staged(customer.wallet.balance == 2000_00, "it is not credited")
    refund(second, 400_00)
    dispute(second, 600_00, ChargebackStatus.LOST)
    check_money(customer.wallet)

    assert customer.wallet.balance == 1000_00
    assert net(SUSPENSE, reference) == 0


def test_what_staff_gave_away_follows_the_vendor_when_it_changes_its_mind(
    customer: Customer,
) -> None:
    """Resolved, then disputed, lost and won; then the rest of the first order is paid."""
    reference = order(customer, 1000_00)
    payment_id = pay(reference, 400_00)
    given = resolve_suspense(payment_id=payment_id, user=customer.user, by="a", now=clock.now())
    chargeback = dispute(payment_id, 400_00)
    staged(customer.wallet.held == 400_00, "it is not frozen")
    for status, balance in ((ChargebackStatus.LOST, 0), (ChargebackStatus.WON, 400_00)):
        dispute(payment_id, 400_00, status, id=chargeback)
        assert (customer.wallet.balance, customer.wallet.held) == (balance, 0)
    pay(reference, 600_00)
    check_money(customer.wallet)

    assert customer.wallet.balance == 400_00
    assert net(SUSPENSE, reference, given.reference) == -600_00
