"""Random stories about several payments of one customer, in two orders. Deterministic seeds."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from payflow.kernel import clock
from tests.support.facts import dispute, funded, new_id, order, pay, refund, spend
from tests.support.invariants import check_money
from tests.support.people import Customer
from tests.support.staging import full_audit_fails, open_cases
from wallets.clients import ChargebackStatus, PaymentStatus, RefundStatus


def _end(customer: Customer, references: list[str]) -> Any:
    check_money(customer.wallet)
    wallet = customer.wallet
    return (
        wallet.balance - wallet.owed,
        wallet.owed,
        [customer.transaction(each).status.value for each in references],
        [customer.transaction(each).reversed_kobo for each in references],
        [sorted(open_cases(each)) for each in references],
    )


@pytest.mark.parametrize("seed", range(12))
def test_last_words_in_another_order_end_alike(
    new_customer: Callable[[], Customer], seed: int
) -> None:
    """Each object has one word only, none takes more than is left; nothing is disputed."""
    draw = random.Random(seed)
    start = clock.now()
    at = {n: start + timedelta(seconds=n) for n in range(3)}
    words: list[Callable[[list[str], list[str]], Any]] = []
    for n in range(2):
        kinds = draw.sample(range(5), 3)
        if 0 in kinds:
            words.append(lambda r, p, n=n: pay(r[n], 600_00, id=p[n] + "1", created_at=at[0]))
        words.append(lambda r, p, n=n: pay(r[n], 1000_00, id=p[n], created_at=at[1]))
        if 1 in kinds:
            words.append(lambda r, p, n=n: refund(p[n], 300_00, id=p[n] + "2"))
        if 2 in kinds:
            words.append(
                lambda r, p, n=n: dispute(p[n], 500_00, ChargebackStatus.LOST, id=p[n] + "3")
            )
        if 3 in kinds:
            words.append(
                lambda r, p, n=n: pay(
                    r[n], 700_00, id=p[n] + "4", status=PaymentStatus.REVERSED, created_at=at[2]
                )
            )
        if 4 in kinds:
            words.append(lambda r, p, n=n: refund(p[n], 200_00, RefundStatus.FAILED, id=p[n] + "5"))
    ends = []
    for shuffles in range(2):
        customer = new_customer()
        funded(customer, 500_00)
        spend(customer, 400_00)
        references = [order(customer, 1000_00) for _ in range(2)]
        ids = [new_id() for _ in range(2)]
        first, rest = [], []
        for word in words:
            (
                first
                if "refund" not in word.__code__.co_names
                and "dispute" not in word.__code__.co_names
                else rest
            ).append(word)
        if shuffles:
            draw.shuffle(first)
            draw.shuffle(rest)
        for word in [*first, *rest]:
            word(references, ids)
        ends.append(_end(customer, references))
        assert not full_audit_fails(customer.wallet.pk)

    assert ends[0] == ends[1]


def test_payments_without_a_time_have_the_same_findings_in_any_order(
    new_customer: Callable[[], Customer],
) -> None:
    """The vendor names no `created_at`: then their ids, not our questions, must order them."""
    ends = []
    for is_swapped in (False, True):
        customer = new_customer()
        reference, low = order(customer, 1000_00), new_id()
        payments = [(low, 600_00), (low + "1", 1000_00)]
        for payment_id, kobo in reversed(payments) if is_swapped else payments:
            pay(reference, kobo, id=payment_id)
        ends.append(open_cases(reference))

    assert ends[0] == ends[1]
