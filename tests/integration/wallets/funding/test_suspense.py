"""Money in suspense: it waits with a case, until staff decide or the vendor takes it back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from payflow.kernel import clock
from tests.support.invariants import check_money
from tests.support.people import Customer
from tests.support.staging import ask, open_cases, pay_under
from tests.support.vendor import Vendor
from wallets.errors import SuspenseEmpty
from wallets.flutterwave import collections
from wallets.funding.services import apply
from wallets.funding.suspense import credit_excess, resolve_suspense
from wallets.ledger.documents import ChangeSource, LedgerEntry, TransactionStatus

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def quiet(vendor: Vendor) -> None:
    """The sandbox sends no webhook."""
    vendor.webhooks(drop=1000)


def suspense_of(*references: str) -> int:
    """What these transactions have in suspense, in kobo."""
    rows = LedgerEntry.objects(transaction__in=references)
    credits = sum(row.amount for row in rows if row.credit_account == "suspense:flutterwave")
    return credits - sum(row.amount for row in rows if row.debit_account == "suspense:flutterwave")


def test_an_excess_is_credited_once_staff_decide(customer: Customer, vendor: Vendor) -> None:
    """The case closes by itself, and a second decision about it is refused."""
    started = customer.fund("1000")
    vendor.pay(started["link"], amount="1500")
    ask(started["tx_ref"])
    assert customer.wallet.balance == 1000_00
    assert suspense_of(started["tx_ref"]) == 500_00
    assert open_cases(started["tx_ref"]) == ["overpaid"]

    funding = credit_excess(reference=started["tx_ref"], by="ada", now=clock.now())

    assert customer.wallet.balance == 1500_00
    assert funding.reversed_kobo == 500_00
    assert open_cases(started["tx_ref"]) == []
    with pytest.raises(SuspenseEmpty):
        credit_excess(reference=started["tx_ref"], by="ada", now=clock.now())
    check_money(customer.wallet)


def test_an_underpayment_becomes_a_funding_of_its_own(customer: Customer, vendor: Vendor) -> None:
    """The order stays FAILED; what was paid is credited under a new reference, once."""
    started = customer.fund("1000")
    payment_id = str(vendor.pay(started["link"], amount="400"))
    ask(started["tx_ref"])
    assert (customer.wallet.balance, suspense_of(started["tx_ref"])) == (0, 400_00)

    funding = resolve_suspense(payment_id=payment_id, user=customer.user, by="ada", now=clock.now())

    assert funding.status is TransactionStatus.SUCCESS
    assert customer.transaction(started["tx_ref"]).status is TransactionStatus.FAILED
    assert (customer.wallet.balance, suspense_of(started["tx_ref"])) == (400_00, 0)
    assert open_cases(started["tx_ref"], payment_id) == []
    with pytest.raises(SuspenseEmpty):
        resolve_suspense(payment_id=payment_id, user=customer.user, by="ada", now=clock.now())
    check_money(customer.wallet)


def test_a_payment_under_an_unknown_reference_is_given_to_a_customer(
    customer: Customer, new_customer: Callable[[], Customer], vendor: Vendor
) -> None:
    """It waits with the house; the customer that staff name gets it, and nobody else."""
    other = new_customer()
    payment_id = str(pay_under(vendor, "no-reference-of-ours", "700", "NGN"))
    payment = collections().find_payment(payment_id)
    assert payment is not None
    held = apply(payment, source=ChangeSource.WEBHOOK, now=clock.now())
    assert suspense_of(held.reference) == 700_00
    assert open_cases(payment_id) == ["unknown_payment"]

    resolve_suspense(payment_id=payment_id, user=customer.user, by="ada", now=clock.now())

    assert (customer.wallet.balance, other.wallet.balance) == (700_00, 0)
    assert suspense_of(held.reference) == 0
    assert open_cases(payment_id) == []


def test_a_payment_that_is_credited_is_given_to_nobody_else(
    customer: Customer, new_customer: Callable[[], Customer], vendor: Vendor
) -> None:
    """Only what waits in suspense can be decided."""
    started = customer.fund("1000")
    payment_id = str(vendor.pay(started["link"]))
    ask(started["tx_ref"])

    with pytest.raises(SuspenseEmpty):
        resolve_suspense(payment_id=payment_id, user=new_customer().user, by="ada", now=clock.now())

    assert customer.wallet.balance == 1000_00
