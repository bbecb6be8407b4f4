"""One request is one purchase, and no kobo is spent twice."""

from __future__ import annotations

from typing import Any

import pytest

from airtime.purchases import services as purchases
from airtime.purchases.serializers import PurchaseIn
from payflow.kernel import clock
from payflow.kernel.idempotency import identify_order
from tests.support.airtime import purchases_of, reference_in, requery_purchase
from tests.support.customer import MEANT, error_code
from tests.support.invariants import check_money
from tests.support.networks import Networks
from tests.support.people import Customer
from tests.support.threads import run_together
from wallets.ledger.documents import Transaction, TransactionStatus
from wallets.requery import claim_due

pytestmark = pytest.mark.usefixtures("db")
ORDER = {"service_id": "mtn", "phone": "08031234567", "amount": "500"}
PLAN = {"service_id": "mtn-data", "variation_code": "mtn-10mb-100"}


@pytest.fixture(autouse=True)
def delivering(networks: Networks) -> None:
    networks.behave(deliver_any=True)


def start_without_sending(customer: Customer, key: str | None = None) -> str:
    """A purchase whose request died after the hold and before the call to the vendor."""
    order = PurchaseIn(data={**ORDER, **MEANT})
    order.is_valid(raise_exception=True)
    asked = dict(order.validated_data)
    identity = identify_order(key, asked, requires_key=False)
    asked["amount_kobo"] = asked.pop("amount")
    return purchases.start(
        user=customer.user, **asked, identity=identity, now=clock.now()
    ).reference


def test_the_same_key_is_the_same_purchase(rich: Customer, networks: Networks) -> None:
    """The same request, written differently, returns the same transaction; it is bought once."""
    first = rich.buy(key="k")
    second = rich.buy(amount="500.00", key="k")

    assert (first.status_code, second.status_code) == (200, 200)
    assert reference_in(first) == reference_in(second)
    assert networks.count_pays() == 1
    assert rich.wallet.available == 9_500_00


def test_the_same_key_repeats_the_failure(rich: Customer, networks: Networks) -> None:
    """The same error with the same transaction; nothing is bought again."""
    networks.answer(code="030")

    first = rich.buy(key="k")
    second = rich.buy(key="k")

    assert (first.status_code, error_code(first)) == (422, "purchase_refused")
    assert second.status_code == 422
    assert second.json()["error"]["message"] == first.json()["error"]["message"]
    assert second.json()["error"]["details"] == first.json()["error"]["details"]
    assert networks.count_pays() == 1


@pytest.mark.parametrize("vendor_code", ["018", "087", "085", "016"])
def test_the_same_key_repeats_the_error_after_sales_have_stopped(
    rich: Customer, networks: Networks, vendor_code: str
) -> None:
    """The key returns the outcome of its own request."""
    networks.answer(code=vendor_code, times=2, record="failed" if vendor_code == "016" else "none")

    first = rich.buy(key="k")
    calls = networks.count_pays()
    second = rich.buy(key="k")

    assert (second.status_code, error_code(second)) == (first.status_code, error_code(first))
    assert reference_in(second) == reference_in(first)
    assert networks.count_pays() == calls


def test_the_same_key_finds_the_pending_purchase(rich: Customer, networks: Networks) -> None:
    """202 again, without another call; after settlement, 200."""
    networks.answer(status="pending", record="delivered")

    first = rich.buy(key="k")
    second = rich.buy(key="k")
    requery_purchase(reference_in(first))
    third = rich.buy(key="k")

    assert [a.status_code for a in (first, second, third)] == [202, 202, 200]
    assert len({reference_in(a) for a in (first, second, third)}) == 1
    assert networks.count_pays() == 1


@pytest.mark.parametrize(
    "change",
    [{"amount": "501"}, {"phone": "08051234567"}, {"service_id": "glo"}, PLAN],
    ids=str,
)
def test_the_same_key_for_another_purchase_is_a_conflict(
    rich: Customer, networks: Networks, change: dict[str, str]
) -> None:
    """Airtime and data share the kind of request; the second is refused."""
    rich.buy(key="k")

    answer = rich.buy(**{"phone": "08011111111", **change}, key="k")

    assert (answer.status_code, error_code(answer)) == (409, "idempotency_conflict")
    assert len(purchases_of(rich)) == networks.count_pays() == 1
    assert rich.wallet.held == 0


def test_a_key_belongs_to_one_customer_and_one_kind_of_request(
    rich: Customer, new_customer: Any, networks: Networks
) -> None:
    """Another customer, and another kind of request, may use the same key."""
    ben = new_customer()
    ben.receive("1000")

    answers = [rich.buy(key="k"), ben.buy(key="k")]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert rich.withdraw("1000", key="k").status_code == 202
    assert networks.count_pays() == 2


def test_eight_concurrent_requests_with_one_key_buy_once(
    rich: Customer, networks: Networks
) -> None:
    """Delivered, pending or in progress: one transaction, one call, one price."""
    answers = run_together(8, lambda _: rich.buy(key="k"))

    assert {answer.status_code for answer in answers} <= {200, 202, 409}
    named = {reference_in(answer) for answer in answers if answer.status_code != 409}
    assert len(named) == len(purchases_of(rich)) == networks.count_pays() == 1
    assert (rich.wallet.balance, rich.wallet.held) == (9_500_00, 0)
    check_money(rich.wallet)


def test_an_invalid_key_is_refused(rich: Customer, networks: Networks) -> None:
    """400, and nothing is bought."""
    answer = rich.buy(key="a key")

    assert (answer.status_code, error_code(answer)) == (400, "idempotency_key_invalid")
    assert purchases_of(rich) == []


# --- Requests that died -----------------------------------------------------------------------


def test_a_request_that_died_before_sending_is_completed_by_its_retry(
    rich: Customer, networks: Networks
) -> None:
    """A request with the same key sends the held purchase, once."""
    reference = start_without_sending(rich, key="k")
    held = rich.wallet.held

    answer = rich.buy(ORDER["phone"], key="k")
    again = rich.buy(ORDER["phone"], key="k")

    assert (held, answer.status_code, again.status_code) == (500_00, 200, 200)
    assert reference_in(answer) == reference
    assert networks.count_pays() == 1
    check_money(rich.wallet)


def test_a_request_that_died_before_sending_is_released_by_the_sweep(
    rich: Customer, networks: Networks
) -> None:
    """Without a retry the money is given back, without a call to the vendor."""
    reference = start_without_sending(rich)
    due = rich.transaction(reference).next_check_at

    assert ("airtime.requery", reference) in claim_due(now=due, limit=1000)
    purchases.requery(reference=reference, now=due)

    transaction = rich.transaction(reference)
    assert (transaction.status, transaction.order.refusal) == (
        TransactionStatus.FAILED,
        "vendor_unavailable",
    )
    assert (rich.wallet.balance, rich.wallet.held) == (10_000_00, 0)
    assert (networks.count_pays(), networks.calls("requery")) == (0, [])


def test_a_retry_after_the_release_gets_the_failure(rich: Customer, networks: Networks) -> None:
    """A released purchase is not sent."""
    reference = start_without_sending(rich, key="k")
    purchases.requery(reference=reference, now=clock.now())

    answer = rich.buy(ORDER["phone"], key="k")

    assert (answer.status_code, error_code(answer)) == (503, "vendor_unavailable")
    assert reference_in(answer) == reference
    assert networks.count_pays() == 0


def test_a_purchase_is_either_sent_or_released(rich: Customer, networks: Networks) -> None:
    """When both are tried together: bought and charged, or released and never sent."""
    references = [start_without_sending(rich) for _ in range(8)]

    def race(number: int) -> None:
        reference = references[number // 2]
        if number % 2:
            purchases.send(reference=reference, now=clock.now())
        else:
            purchases.requery(reference=reference, now=clock.now())

    run_together(16, race)

    sent = {call["reference"] for call in networks.calls("pay")}
    for transaction in Transaction.objects(reference__in=references):
        if transaction.status is TransactionStatus.FAILED:
            assert transaction.vendor_id is None
        else:
            requery_purchase(transaction.reference)
            assert transaction.vendor_id in sent
    assert len(sent) == sum(t.status is TransactionStatus.SUCCESS for t in purchases_of(rich))
    assert rich.wallet.held == 0
    check_money(rich.wallet)


def test_concurrent_senders_send_once(rich: Customer, networks: Networks) -> None:
    """Several processes find it unsent, and one claims it."""
    reference = start_without_sending(rich)

    run_together(8, lambda _: purchases.send(reference=reference, now=clock.now()))

    assert networks.count_pays() == 1
    assert rich.transaction(reference).status is TransactionStatus.SUCCESS
    check_money(rich.wallet)


# --- Concurrent requests ----------------------------------------------------------------------


def test_of_50_concurrent_purchases_the_wallet_pays_for_seven(
    customer: Customer, networks: Networks
) -> None:
    """The other 43 get insufficient_funds."""
    customer.receive("3500")

    answers = run_together(50, lambda n: customer.buy(f"080312345{n:02d}"))

    accepted = [answer for answer in answers if answer.status_code == 200]
    refused = {(a.status_code, error_code(a)) for a in answers if a.status_code != 200}
    assert len(accepted) == networks.count_pays() == 7
    assert refused == {(422, "insufficient_funds")}
    assert networks.books()["delivered_amount_kobo"] == 3_500_00
    assert (customer.wallet.balance, customer.wallet.held) == (0, 0)
    check_money(customer.wallet)


def test_eight_concurrent_outcomes_settle_once(rich: Customer, networks: Networks) -> None:
    """Eight requeries learn of the delivery together: one capture."""
    networks.answer(status="pending", record="delivered")
    reference = reference_in(rich.buy())

    run_together(8, lambda _: requery_purchase(reference))

    assert len(rich.transaction(reference).history) == 2
    assert len(rich.entries()) == 3
    check_money(rich.wallet)
