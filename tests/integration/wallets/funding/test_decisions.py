"""What staff may decide about money in suspense, and what each decision leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bson import ObjectId

from payflow.kernel import clock
from tests.support.facts import dispute, funded, net, new_id, order, pay, refund, spend
from tests.support.invariants import check_money
from tests.support.people import Customer, staff
from tests.support.staging import open_cases
from wallets.clients import ChargebackStatus, Payment, PaymentStatus
from wallets.errors import SuspenseEmpty, WalletInactive, WalletLocked, WalletNotFound
from wallets.funding import services
from wallets.funding.suspense import credit_excess, resolve_suspense
from wallets.ledger.documents import (
    ChangeSource,
    LockOwner,
    Transaction,
    TransactionStatus,
    Wallet,
)
from wallets.ledger.locks import lock_wallet
from wallets.ledger.vendor_objects import VendorObject

pytestmark = pytest.mark.usefixtures("db")
SUSPENSE = "suspense:flutterwave"
EMPTY = "Nothing of this payment is in suspense. Look at its transaction again."


def resolve(payment_id: str, customer: Customer) -> Transaction:
    return resolve_suspense(payment_id=payment_id, user=customer.user, by="ada", now=clock.now())


def credit(reference: str) -> Transaction:
    return credit_excess(reference=reference, by="ada", now=clock.now())


def pay_dollars(reference: str, cents: int) -> str:
    payment_id = new_id()
    payment = Payment(
        vendor_id=payment_id,
        reference=reference,
        status=PaymentStatus.SUCCESSFUL,
        amount_kobo=cents,
        currency="USD",
        reason="",
        method="card",
    )
    services.apply(payment, source=ChangeSource.WEBHOOK, now=clock.now())
    return payment_id


def holders(*vendor_ids: str) -> list[str]:
    """The reference of the transaction that each vendor object belongs to."""
    return [VendorObject.objects.get(vendor_id=each).transaction for each in vendor_ids]


def number_of(customer: Customer) -> tuple[int, int]:
    """What the wallet has, and how many transactions."""
    return customer.wallet.balance, customer.wallet.transaction_number


# A whole payment


def test_a_payment_that_is_given_away_is_a_funding_of_its_own(customer: Customer) -> None:
    """For what was paid, with who decided it and where it came from; it is over at once."""
    reference = order(customer, 1000_00)
    payment_id = pay(reference, 400_00)

    given = resolve(payment_id, customer)

    stored = customer.transaction(given.reference)
    assert (stored.type, stored.status) == ("FUNDING", TransactionStatus.SUCCESS)
    assert (stored.amount, stored.requested_amount, stored.fee) == (400_00, 400_00, 0)
    assert (stored.vendor, stored.vendor_id) == ("flutterwave", payment_id)
    assert stored.details == {
        "from_reference": reference,
        "decided_by": "ada",
        "payment_method": "card",
    }
    assert stored.expires_at == stored.created_at
    assert (stored.idempotency_key, stored.next_check_at) == (None, None)
    assert [(line.status, line.source) for line in stored.history] == [
        (TransactionStatus.PENDING, ChangeSource.API),
        (TransactionStatus.SUCCESS, ChangeSource.STAFF),
    ]
    assert (customer.wallet.balance, customer.wallet.held) == (400_00, 0)
    assert (net(SUSPENSE, reference), net(SUSPENSE, given.reference)) == (0, 0)
    assert open_cases(reference, given.reference) == []
    check_money(customer.wallet)


def test_a_second_payment_is_given_to_another_customer(
    customer: Customer, new_customer: Callable[[], Customer]
) -> None:
    """The order keeps its money, its other payments, and the refund of one of them."""
    other = new_customer()
    reference, first = funded(customer, 1000_00)
    second, third = pay(reference, 700_00), pay(reference, 300_00)
    of_third = refund(third, 1_00)
    disputed = dispute(second, 50_00)

    given = resolve(second, other)

    assert holders(first, third, of_third) == [reference] * 3
    assert holders(second, disputed) == [given.reference, given.reference]
    assert (customer.wallet.balance, customer.wallet.held) == (1000_00, 0)
    assert (other.wallet.balance, other.wallet.held) == (700_00, 50_00)
    assert (given.user_id, given.wallet) == (other.user.pk, other.wallet.pk)
    assert (net(SUSPENSE, reference), net(SUSPENSE, given.reference)) == (-299_00, 0)
    assert open_cases(reference) == ["paid_twice"]
    assert open_cases(given.reference) == ["chargeback"]
    check_money(customer.wallet)
    check_money(other.wallet)


def test_what_is_given_to_a_customer_in_debt_repays_it(customer: Customer) -> None:
    """The lock of a debt does not keep a funding out."""
    _, lost = funded(customer, 1000_00)
    spend(customer, 900_00)
    dispute(lost, 1000_00, ChargebackStatus.LOST)
    assert customer.wallet.owed == 910_75
    payment_id = pay(order(customer, 2000_00), 1000_00)

    resolve(payment_id, customer)

    assert (customer.wallet.balance, customer.wallet.owed) == (89_25, 0)
    assert not customer.wallet.is_locked


NOT_TO_BE_GIVEN: dict[str, Callable[[str], str]] = {
    "pending": lambda order: pay(order, 400_00, status=PaymentStatus.PENDING),
    "failed": lambda order: pay(order, 400_00, status=PaymentStatus.FAILED),
    "reversed": lambda order: pay(order, 400_00, status=PaymentStatus.REVERSED),
    "in dollars": lambda order: pay_dollars(order, 400_00),
    "credited": lambda order: pay(order, 1000_00),
    "credited in part": lambda order: pay(order, 1500_00),
}


@pytest.mark.parametrize("paid", NOT_TO_BE_GIVEN.values(), ids=NOT_TO_BE_GIVEN)
def test_only_a_whole_payment_in_naira_that_waits_is_given_away(
    customer: Customer, new_customer: Callable[[], Customer], paid: Callable[[str], str]
) -> None:
    """Nothing is recorded for the other customer, and the payment stays where it is."""
    other = new_customer()
    reference = order(customer, 1000_00)
    payment_id = paid(reference)
    before = number_of(customer)

    with pytest.raises(SuspenseEmpty) as caught:
        resolve(payment_id, other)

    assert (caught.value.message, caught.value.details) == (EMPTY, {"payment_id": payment_id})
    assert number_of(other) == (0, 0)
    assert number_of(customer) == before
    assert holders(payment_id) == [reference]


@pytest.mark.parametrize("take", [refund, lambda *of: dispute(*of, ChargebackStatus.LOST)])
def test_a_payment_of_which_a_part_is_gone_is_not_given_away(
    customer: Customer, take: Callable[[str, int], str]
) -> None:
    """One kobo went back to the payer, so the whole of it is not there."""
    reference = order(customer, 1000_00)
    payment_id = pay(reference, 400_00)
    take(payment_id, 1)

    with pytest.raises(SuspenseEmpty):
        resolve(payment_id, customer)

    assert net(SUSPENSE, reference) == -399_99


def test_a_payment_that_is_not_known_is_not_given_away(customer: Customer) -> None:
    """Nor is a refund, or a payment whose transaction is gone."""
    payment_id = pay(order(customer, 1000_00), 400_00)
    refund_id = refund(payment_id, 400_00)

    for unknown in ("0", refund_id):
        with pytest.raises(SuspenseEmpty) as caught:
            resolve(unknown, customer)
        assert caught.value.details == {"payment_id": unknown}

    orphan = pay(order(customer, 1000_00), 400_00)
    VendorObject.objects(vendor_id=orphan).update(set__transaction=f"PFFUN{ObjectId()}")
    with pytest.raises(SuspenseEmpty):
        resolve(orphan, customer)
    assert customer.wallet.balance == 0
    VendorObject.objects(vendor_id=orphan).delete()


@pytest.mark.parametrize(
    "stop, error",
    [
        (lambda wallet: Wallet.objects(pk=wallet.pk).update(set__is_active=False), WalletInactive),
        (
            lambda wallet: lock_wallet(
                wallet_id=wallet.pk,
                reason="why",
                owner=LockOwner.STAFF,
                by="test",
                now=clock.now(),
            ),
            WalletLocked,
        ),
    ],
    ids=["paused", "locked"],
)
def test_nothing_is_given_to_a_stopped_wallet(customer: Customer, stop: Any, error: Any) -> None:
    """The payment waits on."""
    reference = order(customer, 1000_00)
    payment_id = pay(reference, 400_00)
    stop(customer.wallet)
    before = number_of(customer)

    with pytest.raises(error):
        resolve(payment_id, customer)

    assert number_of(customer) == before
    assert net(SUSPENSE, reference) == -400_00
    assert holders(payment_id) == [reference]


def test_nothing_is_given_to_a_user_without_a_wallet(customer: Customer) -> None:
    """Staff have none."""
    payment_id = pay(order(customer, 1000_00), 400_00)

    with pytest.raises(WalletNotFound):
        resolve_suspense(payment_id=payment_id, user=staff("support"), by="ada", now=clock.now())


# What was paid beyond an order


@pytest.mark.parametrize("excess", [1, 500_00])
def test_an_excess_is_credited_by_a_reversal(customer: Customer, excess: int) -> None:
    """The funding keeps what was asked, and says who decided and about which payments."""
    reference = order(customer, 1000_00)
    payment_id = pay(reference, 1000_00 + excess)

    funding = credit(reference)

    stored = customer.transaction(reference)
    for each in (funding, stored):
        assert (each.amount, each.requested_amount) == (1000_00, 1000_00)
        assert (each.accepted_kobo, each.reversed_kobo) == (1000_00 + excess, excess)
        assert each.accepted_payments == [payment_id]
        assert each.details == {"payment_method": "card", "excess_credited_by": "ada"}
    [reversal] = Transaction.objects(reverses=reference)
    assert (reversal.amount, reversal.details["direction"]) == (excess, "in")
    assert reversal.reason == "What was paid beyond the order is in the wallet now."
    assert [line.source for line in reversal.history] == [ChangeSource.STAFF]
    assert stored.history[-1].source is ChangeSource.STAFF
    assert customer.wallet.balance == 1000_00 + excess
    assert net(SUSPENSE, reference) == 0


def test_a_later_excess_is_credited_beside_the_first(customer: Customer) -> None:
    """Each decision is about all payments that have come until then, and about no refund."""
    reference = order(customer, 1000_00)
    first = pay(reference, 1500_00)
    credit(reference)
    second = pay(reference, 200_00)
    refund(second, 50_00)

    credit(reference)

    stored = customer.transaction(reference)
    assert (stored.accepted_kobo, stored.reversed_kobo) == (1650_00, 650_00)
    assert sorted(stored.accepted_payments) == sorted([first, second])
    assert customer.wallet.balance == 1650_00
    check_money(customer.wallet)


NO_EXCESS: dict[str, Callable[[str], object]] = {
    "nothing was paid": lambda order: None,
    "what was asked": lambda order: pay(order, 1000_00),
    "too little": lambda order: pay(order, 999_99),
    "dollars beside what was asked": lambda order: (pay(order, 1000_00), pay_dollars(order, 5_00)),
    "the excess was refunded": lambda order: refund(pay(order, 1500_00), 500_00),
}


@pytest.mark.parametrize("paid", NO_EXCESS.values(), ids=NO_EXCESS)
def test_without_an_excess_there_is_nothing_to_credit(
    customer: Customer, paid: Callable[[str], object]
) -> None:
    """The funding is left as it was."""
    reference = order(customer, 1000_00)
    paid(reference)
    before = customer.transaction(reference).to_mongo()

    with pytest.raises(SuspenseEmpty) as caught:
        credit(reference)

    assert caught.value.details == {"reference": reference}
    assert customer.transaction(reference).to_mongo() == before


def test_only_a_funding_has_an_excess(customer: Customer) -> None:
    """Neither an unknown reference nor that of a withdrawal."""
    funded(customer, 1000_00)

    for reference in ("PFFUN-unknown", spend(customer, 100_00)):
        with pytest.raises(SuspenseEmpty) as caught:
            credit(reference)
        assert caught.value.details == {"reference": reference}
