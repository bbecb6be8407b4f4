"""Two blocks that overlap, each settling another object of one transaction, lose nothing.

A block that reads all objects and writes only its own does not conflict with its neighbour. So
neither sees what the other recorded, and what is known already is never settled again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from threading import Thread
from typing import Any

import pytest

from payflow.kernel import clock, failpoints
from tests.support.facts import SOURCE, dispute, new_id, order, pay, refund
from tests.support.invariants import check_money
from tests.support.people import Customer
from tests.support.staging import asked_to_withdraw, staged
from wallets.clients import ChargebackStatus, PaymentStatus
from wallets.ledger.documents import Transaction, TransactionStatus
from wallets.ledger.vendor_objects import Fact, ObjectKind, objects_of
from wallets.settlement import apply_facts


def overlap(first: Callable[[], Any], second: Callable[[], Any]) -> None:
    """`second` runs and commits in another thread while `first` is about to commit."""
    ran: list[Any] = []

    def at(name: str, where: str) -> None:
        ours = where.endswith((".apply_facts", "._apply_fact", ".apply"))
        if name == "before-commit" and ours and not ran:
            ran.append(True)
            failpoints.set_action(None)
            thread = Thread(target=second)
            thread.start()
            thread.join(timeout=2)  # it may wait for `first`, as it should
            ran.append(thread)

    failpoints.set_action(at)
    try:
        first()
    finally:
        failpoints.set_action(None)
    staged(ran, "nothing overlapped")
    ran[1].join()


def test_a_refund_and_the_success_of_its_payment_overlap(customer: Customer) -> None:
    """We knew the payment as pending. Two workers hear of its success and of its refund."""
    reference = order(customer, 1000_00)
    payment_id = pay(reference, 1000_00, status=PaymentStatus.PENDING)
    refund_id = new_id()
    overlap(
        lambda: refund(payment_id, 1000_00, id=refund_id),
        lambda: pay(reference, 1000_00, id=payment_id),
    )
    refund(payment_id, 1000_00, id=refund_id)  # the poll hears of it again
    pay(reference, 1000_00, id=payment_id)  # so does the nightly run
    check_money(customer.wallet)

    assert customer.wallet.balance == 0


def test_a_dispute_and_the_loss_of_another_payment_overlap(customer: Customer) -> None:
    """While suspense covers the dispute nothing is frozen; the other payment was the cover."""
    reference = order(customer, 1000_00)
    first, second = pay(reference, 1000_00), pay(reference, 1000_00)
    chargeback = new_id()
    overlap(
        lambda: dispute(second, 1000_00, id=chargeback),
        lambda: dispute(first, 1000_00, ChargebackStatus.LOST),
    )
    dispute(second, 1000_00, id=chargeback)  # the poll hears of it again
    check_money(customer.wallet)

    assert customer.wallet.held == 1000_00


def test_two_transfers_that_fail_overlap(customer: Customer) -> None:
    """The first one and its retry fail; each block still knows the other as pending."""
    customer.receive("5000")
    reference = asked_to_withdraw(customer, "1000")
    ids = [new_id(), new_id()]
    for each in ids:
        _hear(reference, each, "pending")
    overlap(lambda: _hear(reference, ids[0], "failed"), lambda: _hear(reference, ids[1], "failed"))
    for each in ids:
        _hear(reference, each, "failed")
    staged({each.status for each in objects_of(reference)} == {"failed"}, "they have not failed")

    assert customer.transaction(reference).status is TransactionStatus.FAILED
    assert (customer.wallet.balance, customer.wallet.held) == (5000_00, 0)


@pytest.mark.parametrize("is_swapped", [True, False])
def test_two_halves_of_a_payment_overlap(customer: Customer, is_swapped: bool) -> None:
    """Both post to the wallet, so the later block runs again."""
    reference = order(customer, 1000_00)
    steps = [lambda: pay(reference, 600_00), lambda: pay(reference, 400_00)]
    overlap(*(reversed(steps) if is_swapped else steps))
    check_money(customer.wallet)

    assert customer.wallet.balance == 1000_00


def _hear(reference: str, vendor_id: str, status: str, at: datetime | None = None) -> None:
    fact = Fact(
        vendor="flutterwave",
        kind=ObjectKind.TRANSFER,
        vendor_id=vendor_id,
        status=status,
        amount=1000_00,
        named_reference=reference,
    )
    stored = Transaction.objects.get(reference=reference)
    now = at or clock.now()
    apply_facts(stored, [fact], source=SOURCE, asked_at=now, now=now)
