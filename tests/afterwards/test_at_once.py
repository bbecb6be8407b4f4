"""Two at once on one wallet: the end is that of one order or the other."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest

from payflow.kernel import clock
from payflow.kernel.errors import PayflowError
from tests.support.facts import dispute, funded, net, new_id, order, pay, refund, spend
from tests.support.invariants import check_money
from tests.support.people import Customer
from tests.support.staging import staged
from wallets.clients import ChargebackStatus
from wallets.errors import SuspenseEmpty
from wallets.funding.suspense import credit_excess, resolve_suspense
from wallets.ledger.documents import Transaction, TransactionStatus

ROUNDS = 8


def at_once(*steps: Callable[[], Any]) -> list[Any]:
    """What each step returned or raised."""
    barrier, ends = Barrier(len(steps)), [None] * len(steps)

    def run(place: int) -> None:
        barrier.wait()
        try:
            ends[place] = steps[place]()
        except Exception as exc:
            ends[place] = exc

    threads = [Thread(target=run, args=(place,)) for place in range(len(steps))]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    for end in ends:
        if isinstance(end, Exception) and not isinstance(end, PayflowError):
            raise end
    return ends


def test_two_halves_of_a_funding_at_once(customer: Customer) -> None:
    for _ in range(ROUNDS):
        before = customer.wallet.balance
        reference = order(customer, 1000_00)
        at_once(lambda: pay(reference, 600_00), lambda: pay(reference, 400_00))
        assert customer.transaction(reference).status is TransactionStatus.SUCCESS
        assert customer.wallet.balance == before + 1000_00
        check_money(customer.wallet)


def test_a_refund_and_a_decision_about_suspense_at_once(customer: Customer) -> None:
    for _ in range(ROUNDS):
        reference = order(customer, 1000_00)
        payment_id = pay(reference, 400_00)
        ends = at_once(
            lambda: refund(payment_id, 400_00),
            lambda: resolve_suspense(
                payment_id=payment_id, user=customer.user, by="a", now=clock.now()
            ),
        )
        staged(not isinstance(ends[1], Exception) or isinstance(ends[1], SuspenseEmpty), str(ends))
        assert customer.wallet.balance == 0
        check_money(customer.wallet)


def test_two_decisions_about_one_excess_at_once(customer: Customer) -> None:
    for _ in range(ROUNDS):
        before = customer.wallet.balance
        reference = order(customer, 1000_00)
        pay(reference, 1000_00)
        second = pay(reference, 1000_00)
        at_once(
            lambda: credit_excess(reference=reference, by="a", now=clock.now()),
            lambda: resolve_suspense(
                payment_id=second, user=customer.user, by="a", now=clock.now()
            ),
            lambda: credit_excess(reference=reference, by="b", now=clock.now()),
        )
        assert customer.wallet.balance == before + 2000_00
        check_money(customer.wallet)


def test_a_repayment_and_a_withdrawal_at_once(new_customer: Callable[[], Customer]) -> None:
    for _ in range(3):
        customer = new_customer()
        _, payment_id = funded(customer, 1000_00)
        spend(customer, 900_00)
        dispute(payment_id, 1000_00, ChargebackStatus.LOST)
        staged(customer.wallet.owed > 0, "no debt")
        reference = order(customer, 2000_00)
        ends = at_once(
            lambda: pay(reference, 2000_00),
            lambda: spend(customer, 500_00),
            lambda: spend(customer, 500_00),
        )
        paid = sum(isinstance(each, str) for each in ends[1:])
        wallet = customer.wallet
        assert (wallet.balance, wallet.owed) == (
            3000_00 - 910_75 - 1000_00 - paid * 510_75,
            0,
        )
        check_money(wallet)


def test_a_dispute_and_a_withdrawal_at_once(new_customer: Callable[[], Customer]) -> None:
    for _ in range(4):
        customer = new_customer()
        _, payment_id = funded(customer, 1000_00)
        ends = at_once(lambda: dispute(payment_id, 1000_00), lambda: spend(customer, 900_00))
        wallet = customer.wallet
        assert wallet.held == (1000_00 if isinstance(ends[1], Exception) else 89_25)
        check_money(wallet)


def test_two_chargebacks_and_a_refund_of_two_payments_at_once(customer: Customer) -> None:
    for _ in range(4):
        before = customer.wallet.balance
        reference = order(customer, 1000_00)
        first, second = pay(reference, 1000_00), pay(reference, 1000_00)
        at_once(
            lambda: dispute(first, 1000_00, ChargebackStatus.LOST),
            lambda: dispute(second, 500_00),
            lambda: refund(second, 300_00),
        )
        check_money(customer.wallet)
        assert customer.wallet.balance == before + 700_00
        assert customer.transaction(reference).frozen == 500_00
        assert net("gateway:flutterwave", reference) == 700_00
        Transaction.objects.get(reference=reference)
        dispute(second, 500_00, ChargebackStatus.LOST, id=new_id())


@pytest.mark.parametrize("n", range(1))
def test_one_payment_is_first_heard_by_two(customer: Customer, n: int) -> None:
    for _ in range(ROUNDS):
        before = customer.wallet.balance
        reference, payment_id = order(customer, 1000_00), new_id()
        at_once(*[lambda: pay(reference, 1000_00, id=payment_id)] * 4)
        assert customer.wallet.balance == before + 1000_00
        check_money(customer.wallet)
