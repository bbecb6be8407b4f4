"""A purchase over HTTP: the offer, the price, and unusual answers of the vendor."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from airtime.purchases import services as purchases
from payflow.kernel import clock
from payflow.kernel.errors import VendorUnavailable
from tests.support.airtime import purchases_of, reference_in, requery_purchase
from tests.support.books import credits_of, review_kinds
from tests.support.customer import error_code
from tests.support.invariants import check_money
from tests.support.networks import Networks
from tests.support.people import Customer
from wallets.ledger.documents import Transaction, TransactionStatus
from wallets.ledger.vendor_objects import objects_of
from wallets.review.documents import ReviewCase

pytestmark = pytest.mark.usefixtures("db")
PHONE = "08031234567"
FUNDS, PRICE, COST = 10_000_00, 500_00, 482_50


@pytest.fixture(autouse=True)
def delivering(networks: Networks) -> None:
    networks.behave(deliver_any=True)


def is_untouched(customer: Customer) -> bool:
    """Whether all the money is available, and only its funding is booked."""
    wallet = customer.wallet
    return (wallet.balance, wallet.held, len(customer.entries())) == (FUNDS, 0, 1)


def is_held(customer: Customer) -> bool:
    wallet = customer.wallet
    return (wallet.balance, wallet.held, len(customer.entries())) == (FUNDS, PRICE, 1)


def is_paid(customer: Customer, reference: str, networks: Networks) -> bool:
    """Whether the price is booked, and the vendor's part equals the vendor's books."""
    check_money(customer.wallet)
    transaction = customer.transaction(reference)
    line = networks.purchase(transaction.vendor_id)
    shares = credits_of(reference)
    assert line is not None
    return (
        transaction.status is TransactionStatus.SUCCESS
        and sum(shares.values()) == transaction.amount == line["amount_kobo"]
        and shares["float:vtpass"] == line["debited_kobo"]
    )


def buy_pending(customer: Customer, networks: Networks, truth: str) -> str:
    """The reference of a purchase that is answered as pending; the vendor records `truth`."""
    networks.answer(status="pending", record=truth)
    answer = customer.buy()
    assert answer.status_code == 202, answer.content
    return reference_in(answer)


# --- What is sold -----------------------------------------------------------------------------


def test_delivered_airtime_is_charged(rich: Customer, networks: Networks) -> None:
    """200 with the transaction: its price, phone and vendor id, and the commission apart."""
    answer = rich.buy(PHONE)

    body = answer.json()
    transaction = body["transaction"]
    assert (answer.status_code, body["tx_ref"]) == (200, transaction["reference"])
    assert (transaction["type"], transaction["status"]) == ("AIRTIME", "SUCCESS")
    assert (transaction["amount"], transaction["fee"]) == ("500.00", "0.00")
    assert transaction["meta"] == {"service_id": "mtn", "network": "MTN", "phone": PHONE}
    assert credits_of(body["tx_ref"]) == {"float:vtpass": COST, "income:commission": PRICE - COST}
    [line] = networks.purchases(PHONE)
    assert line["request_id"] == transaction["provider_reference"]
    assert (line["status"], line["debited_kobo"], line["requeries"]) == ("delivered", COST, 0)


def test_a_data_plan_costs_the_catalogues_price(rich: Customer, networks: Networks) -> None:
    """The plan's price is held, paid and booked, whatever amount the client names."""
    plan = {"service_id": "mtn-data", "variation_code": "mtn-100mb-1000"}

    answer = rich.buy(PHONE, amount="1", **plan)

    transaction = answer.json()["transaction"]
    assert (transaction["type"], transaction["amount"]) == ("DATA", "1000.00")
    assert transaction["meta"]["plan"] == "N1000 1.5GB - 30 days"
    [line] = networks.purchases(PHONE)
    assert (line["amount_kobo"], line["variation_code"]) == (1000_00, "mtn-100mb-1000")
    assert is_paid(rich, transaction["reference"], networks)


def test_a_plan_that_became_dearer_costs_the_shown_price(
    rich: Customer, networks: Networks
) -> None:
    """What the vendor took beyond it is our loss, and opens a review case."""
    plan = {"service_id": "mtn-data", "variation_code": "mtn-100mb-1000"}
    rich.get("/airtime/services/mtn-data/variations")
    dearer = {"variation_code": "mtn-100mb-1000", "naira": "1500"}
    networks.change_plans("mtn-data", updated=[dearer], callback=False)

    answer = rich.buy(PHONE, **plan)

    assert (answer.status_code, rich.wallet.balance) == (200, FUNDS - 1000_00)
    assert credits_of(reference_in(answer)) == {
        "float:vtpass": 1440_00,
        "income:commission": 1000_00 - 1440_00,
    }
    [line] = networks.purchases(PHONE)
    assert line["debited_kobo"] == 1440_00
    [case] = ReviewCase.objects(transaction=reference_in(answer))
    assert case.kind == "amount_differs"
    assert (case.evidence["theirs_kobo"], case.evidence["debited_kobo"]) == (1500_00, 1440_00)
    check_money(rich.wallet)


@pytest.mark.parametrize(
    ("change", "status", "expected"),
    [
        ({"amount": "49"}, 422, "amount_out_of_range"),
        ({"amount": "200001"}, 422, "amount_out_of_range"),
        ({"amount": "100.50"}, 422, "amount_out_of_range"),
        ({"amount": "0"}, 400, "validation_error"),
        ({"amount": "-100"}, 400, "validation_error"),
        ({"amount": "much"}, 400, "validation_error"),
        ({"amount": ""}, 400, "validation_error"),
        ({"variation_code": "mtn-10mb-100"}, 422, "purchase_incomplete"),
        ({"service_id": "mtn", "variation_code": ""}, 422, "purchase_incomplete"),
        ({"service_id": "mtn-data"}, 422, "purchase_incomplete"),
        ({"service_id": "mtn-data", "variation_code": "none"}, 422, "variation_not_found"),
        ({"service_id": "mtn-data", "variation_code": "glo100"}, 422, "variation_not_found"),
        ({"service_id": "foreign-airtime"}, 422, "purchase_incomplete"),
        ({"service_id": "spectranet", "variation_code": "vt-1000"}, 404, "service_not_found"),
        ({"service_id": "../mtn"}, 400, "validation_error"),
        ({"service_id": ""}, 400, "validation_error"),
        ({"amount": "10001"}, 422, "insufficient_funds"),
    ],
    ids=str,
)
def test_an_invalid_order_is_refused(
    rich: Customer, networks: Networks, change: dict[str, str], status: int, expected: str
) -> None:
    """Each mistake gets its code; nothing is written, and the vendor is not asked."""
    answer = rich.buy(PHONE, **change)

    assert (answer.status_code, error_code(answer)) == (status, expected)
    assert is_untouched(rich)
    assert purchases_of(rich) == []
    assert networks.count_pays() == 0


def test_a_purchase_needs_its_whole_price_available(new_customer: Any, networks: Networks) -> None:
    """One kobo less is refused."""
    enough, short = new_customer(), new_customer()
    enough.receive("500.00")
    short.receive("499.99")

    bought, refused = enough.buy(PHONE), short.buy(PHONE)

    assert (bought.status_code, enough.wallet.balance) == (200, 0)
    assert (refused.status_code, error_code(refused)) == (422, "insufficient_funds")
    assert refused.json()["error"]["details"] == {"available": "499.99", "needed": "500.00"}
    assert (short.wallet.balance, short.wallet.held) == (499_99, 0)
    assert networks.count_pays() == 1


def test_only_the_buyer_sees_the_purchase(rich: Customer, new_customer: Any) -> None:
    """Other customers get a 404, as does a transaction that is no purchase."""
    reference = reference_in(rich.buy(PHONE))
    funding = Transaction.objects.get(wallet=rich.wallet.pk, type="FUNDING").reference

    own = rich.get(f"/airtime/transactions/{reference}")
    for_others = new_customer().get(f"/airtime/transactions/{reference}")
    no_purchase = rich.get(f"/airtime/transactions/{funding}")

    assert (own.status_code, own.json()["status"]) == (200, "SUCCESS")
    for answer in (for_others, no_purchase):
        assert (answer.status_code, error_code(answer)) == (404, "transaction_not_found")


# --- Unusual answers --------------------------------------------------------------------------


def test_the_vendors_words_are_stored_and_not_shown(rich: Customer, networks: Networks) -> None:
    """The customer's reason is in plain words."""
    networks.answer(code="012")

    answer = rich.buy()

    assert rich.transaction(reference_in(answer)).vendor_reason == "012 PRODUCT DOES NOT EXIST"
    shown = answer.content + rich.get(f"/airtime/transactions/{reference_in(answer)}").content
    assert b"DOES NOT EXIST" not in shown
    assert b"back in your wallet" in shown


def test_a_forbidden_ip_address_is_a_refusal(rich: Customer, networks: Networks) -> None:
    """HTTP 403 is a refusal, whatever its body says."""
    networks.answer(code="000", http_status=403)

    answer = rich.buy()

    assert (answer.status_code, error_code(answer)) == (503, "vendor_unavailable")
    assert is_untouched(rich)


def test_a_failure_that_the_requery_calls_pending_keeps_the_hold(
    rich: Customer, networks: Networks
) -> None:
    """Nothing is given back while the vendor contradicts itself."""
    networks.answer(code="016", record="pending")

    answer = rich.buy()

    assert answer.status_code == 202
    assert is_held(rich)


def test_a_failure_is_not_confirmed_by_an_answer_about_another_purchase(
    rich: Customer, networks: Networks
) -> None:
    """The hold stays, and a review case is open."""
    networks.answer(code="016", record="failed")
    networks.answer_requery({"status": "failed", "patch": {"requestId": "202601010000another"}})

    answer = rich.buy()

    assert answer.status_code == 202
    assert is_held(rich)
    assert review_kinds(reference_in(answer)) == {"answer_mismatch"}


def test_a_duplicate_order_that_was_delivered_is_charged(
    rich: Customer, networks: Networks
) -> None:
    """019 for a purchase that the requery calls delivered."""
    networks.answer(code="019", record="delivered")

    answer = rich.buy()

    assert answer.status_code == 200
    assert is_paid(rich, reference_in(answer), networks)


def test_one_late_unknown_request_id_releases_nothing(rich: Customer, networks: Networks) -> None:
    """The next requery finds the purchase."""
    networks.behave(first_requery_015=True)
    networks.fault("reset_after")
    reference = reference_in(rich.buy())

    requery_purchase(reference, timedelta(seconds=660))
    between = is_held(rich)
    requery_purchase(reference, timedelta(seconds=661))

    assert between
    assert is_paid(rich, reference, networks)


def test_an_unknown_request_id_counts_from_the_tenth_minute(
    rich: Customer, networks: Networks
) -> None:
    """To the second, and only if it is still unknown ten minutes after that."""
    networks.fault("reset")
    reference = reference_in(rich.buy())
    sent_at = rich.transaction(reference).sent_at

    seen = []
    for after_s in (1, 300, 599, 600, 900, 1199):
        purchases.requery(reference=reference, now=sent_at + timedelta(seconds=after_s))
        seen.append((is_unknown_there(reference), is_held(rich)))
    purchases.requery(reference=reference, now=sent_at + timedelta(seconds=1200))

    assert seen == [(False, True)] * 3 + [(True, True)] * 3
    assert rich.transaction(reference).order.refusal == "vendor_unavailable"
    assert is_untouched(rich)


def is_unknown_there(reference: str) -> bool:
    """Whether it is recorded since when the vendor does not know the request."""
    [sent] = objects_of(reference)
    return "absent_since" in sent.details


def test_a_faster_schedule_does_not_make_an_unknown_request_id_count_sooner(
    rich: Customer, networks: Networks, settings: Any
) -> None:
    """Tests shorten the waits between requeries; the ten minutes are real."""
    settings.REQUERY_BASE_S = 0.1
    networks.fault("reset")
    reference = reference_in(rich.buy())

    for after_s in (1, 300, 599):
        requery_purchase(reference, timedelta(seconds=after_s))

    assert (is_unknown_there(reference), is_held(rich)) == (False, True)


def test_a_purchase_that_was_acknowledged_is_never_unknown(
    rich: Customer, networks: Networks
) -> None:
    """Two late 015 release nothing: a person has to ask what happened at the vendor."""
    reference = buy_pending(rich, networks, truth="pending")
    networks.answer_requery({"code": "015"}, {"code": "015"})

    requery_purchase(reference, timedelta(minutes=11))
    requery_purchase(reference, timedelta(minutes=30))

    assert is_held(rich)
    assert review_kinds(reference) == {"purchase_not_known"}
    check_money(rich.wallet)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "kind", ["http_503_after", "malformed", "reset", "reset_after", "http_429", "timeout_after"]
)
def test_a_requery_without_an_answer_keeps_the_hold(
    rich: Customer, networks: Networks, kind: str
) -> None:
    """At any time, until the vendor answers."""
    reference = buy_pending(rich, networks, truth="failed")
    networks.fault(kind, endpoint="requery", hang_s=5)

    with pytest.raises(VendorUnavailable):
        purchases.requery(reference=reference, now=clock.now() + timedelta(hours=1))
    between = is_held(rich), is_unknown_there(reference)
    requery_purchase(reference)

    assert between == (True, False)
    assert is_untouched(rich)


@pytest.mark.parametrize("status", ["delivered", "failed"])
def test_a_requery_about_another_purchase_opens_a_review_case(
    rich: Customer, networks: Networks, status: str
) -> None:
    """It neither charges nor releases; the right answer settles the purchase."""
    reference = buy_pending(rich, networks, truth="delivered")
    patch = {"requestId": "202601010000another"}
    networks.answer_requery({"status": status, "patch": patch})

    requery_purchase(reference)
    between = is_held(rich), review_kinds(reference)
    requery_purchase(reference)

    assert between == (True, {"answer_mismatch"})
    assert is_paid(rich, reference, networks)


@pytest.mark.parametrize("total", [[1], "NaN", "Infinity", "1e30", True])
def test_an_unreadable_cost_books_the_whole_price(
    rich: Customer, networks: Networks, total: object
) -> None:
    """The purchase was delivered: its cost is taken to be the price; a review case is open."""
    patch = {"content": {"transactions": {"total_amount": total}}}
    networks.answer(code="000", record="delivered", patch=patch)

    answer = rich.buy()

    assert answer.status_code == 200
    assert credits_of(reference_in(answer)) == {"float:vtpass": PRICE}
    assert review_kinds(reference_in(answer)) == {"debit_unclear"}
    check_money(rich.wallet)


@pytest.mark.parametrize(
    ("amount", "total"),
    [("500", "482.50"), ("500.00", 482.5), (500, 482.5000000001), (500.0, "482.5")],
)
def test_one_amount_in_different_types_is_the_same_kobo(
    rich: Customer, networks: Networks, amount: object, total: object
) -> None:
    """Texts, numbers and noise in pay and requery open no review case."""
    patch = {"content": {"transactions": {"amount": amount, "total_amount": total}}}
    networks.answer(code="000", record="delivered", patch=patch)
    paid = reference_in(rich.buy())
    requeried = buy_pending(rich, networks, truth="delivered")
    networks.answer_requery({"status": "delivered", "patch": patch})

    requery_purchase(requeried)

    for reference in (paid, requeried):
        assert is_paid(rich, reference, networks)
        assert review_kinds(reference) == set()
