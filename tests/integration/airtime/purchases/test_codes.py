"""Every answer of VTpass, and what it does to the money."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from airtime.clients import PurchaseVerdict
from airtime.purchases import services as purchases
from airtime.vtpass import codes
from payflow.kernel import clock
from payflow.kernel.errors import VendorUnavailable
from tests.support.airtime import reference_in
from tests.support.books import credits_of, review_kinds
from tests.support.customer import DELIVERED
from tests.support.invariants import check_money
from tests.support.networks import Networks
from tests.support.people import Customer
from wallets.ledger.documents import Transaction, TransactionStatus

pytestmark = pytest.mark.usefixtures("db")
PAID = {"float:vtpass": 482_50, "income:commission": 17_50}


def rows(*verdicts: PurchaseVerdict) -> list[str]:
    return sorted(code for code, rule in codes.RULES.items() if rule.verdict in verdicts)


def requery(reference: str, after: timedelta = timedelta()) -> None:
    purchases.requery(reference=reference, now=clock.now() + after)


def purchase_of(customer: Customer, answer: Any) -> Transaction:
    return customer.transaction(reference_in(answer))


def is_untouched(customer: Customer) -> bool:
    """Whether the wallet is as it was before the purchase."""
    check_money(customer.wallet)
    return (customer.wallet.balance, customer.wallet.held) == (10_000_00, 0)


def is_paid(customer: Customer, transaction: Transaction, networks: Networks) -> bool:
    """Whether the price was taken once, and our books agree with the vendor's."""
    check_money(customer.wallet)
    [line] = networks.purchases(transaction.order.phone)
    return (
        (customer.wallet.balance, customer.wallet.held) == (9_500_00, 0)
        and credits_of(transaction.reference) == PAID
        and line["debited_kobo"] == 482_50
    )


# --- Answers that settle a purchase -----------------------------------------------------------


def test_a_delivered_purchase_is_charged(rich: Customer, networks: Networks) -> None:
    """200; the price is split into the vendor's cost and our commission."""
    answer = rich.buy()

    assert answer.status_code == 200
    assert answer.json()["transaction"]["status"] == "SUCCESS"
    assert is_paid(rich, purchase_of(rich, answer), networks)


@pytest.mark.parametrize("code", rows(PurchaseVerdict.REFUSED))
def test_a_refusal_gives_the_money_back(rich: Customer, networks: Networks, code: str) -> None:
    """422 with the transaction; its reason is in plain words, and only support sees the code."""
    networks.answer(code=code)

    answer = rich.buy()

    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (422, "purchase_refused")
    assert error["details"]["transaction"]["status"] == "FAILED"
    assert error["message"] == codes.RULES[code].plain
    assert purchase_of(rich, answer).vendor_reason.startswith(code)
    assert is_untouched(rich)
    assert networks.books()["purchases"] == []


@pytest.mark.parametrize("code", rows(PurchaseVerdict.OUR_FAULT))
def test_a_refusal_that_is_our_fault_stops_sales(
    rich: Customer, networks: Networks, code: str
) -> None:
    """503 and the money is back; the next purchase is refused before the vendor is asked."""
    networks.answer(code=code)

    answer = rich.buy()
    calls = networks.count_pays()
    again = rich.buy()

    for refused in (answer, again):
        assert refused.status_code == 503
        assert refused.json()["error"]["code"] == "vendor_unavailable"
    assert networks.count_pays() == calls
    assert Transaction.objects(user_id=rich.user.pk, type__in=["AIRTIME", "DATA"]).count() == 1
    assert is_untouched(rich)


def test_an_empty_float_stops_sales(rich: Customer, networks: Networks) -> None:
    """018 is answered as sold out; nothing is held for the next purchase."""
    networks.set_float("100")

    first, second = rich.buy(), rich.buy()

    for refused in (first, second):
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "vendor_low_balance")
    assert networks.count_pays() == 1
    assert is_untouched(rich)


@pytest.mark.parametrize("bare", [False, True])
def test_refused_keys_are_a_refusal(rich: Customer, networks: Networks, bare: bool) -> None:
    """HTTP 401 with an object or a bare text: nothing was bought."""
    networks.behave(auth_bare_string=bare)
    networks.answer(code="087", http_status=401)

    answer = rich.buy()

    assert answer.status_code == 503
    assert is_untouched(rich)


@pytest.mark.parametrize(
    "forced",
    [
        {"code": "016", "record": "failed"},
        {"status": "failed", "record": "failed"},
        {"code": "040", "record": "reversed"},
        {"status": "reversed", "record": "reversed"},
        {"code": "001", "status": "failed", "record": "failed"},
    ],
)
def test_a_confirmed_failure_gives_the_money_back(
    rich: Customer, networks: Networks, forced: dict[str, str]
) -> None:
    """502 with the transaction."""
    networks.answer(**forced)

    answer = rich.buy()

    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "purchase_failed")
    assert is_untouched(rich)


def test_a_failure_without_content_is_confirmed_by_a_requery(
    rich: Customer, networks: Networks
) -> None:
    """A bare 016 counts only after the requery says the same."""
    networks.behave(missing_content_016=True)

    answer = rich.buy("08033333333")

    assert answer.status_code == 502
    assert is_untouched(rich)


def test_a_failure_that_the_requery_calls_delivered_is_charged(
    rich: Customer, networks: Networks
) -> None:
    """The requery decides: a delivered purchase is not refunded."""
    networks.answer(code="016", status="failed", record="delivered")

    answer = rich.buy()

    assert answer.status_code == 200
    assert is_paid(rich, purchase_of(rich, answer), networks)


def test_an_unconfirmed_failure_keeps_the_hold(rich: Customer, networks: Networks) -> None:
    """The money is held until the requery answers."""
    networks.answer(code="016", record="failed")
    networks.fault("http_500", endpoint="requery")

    answer = rich.buy()
    held = rich.wallet.held
    requery(reference_in(answer))

    assert (answer.status_code, held) == (202, 500_00)
    assert purchase_of(rich, answer).status is TransactionStatus.FAILED
    assert is_untouched(rich)


def test_a_duplicate_order_is_refused(rich: Customer, networks: Networks) -> None:
    """019, which the requery repeats: the money is back, and the customer is asked to wait."""
    networks.behave(duplicate_window_s=30)
    first = rich.buy()

    second = rich.buy()

    assert (first.status_code, second.status_code) == (200, 422)
    assert "half a minute" in second.json()["error"]["message"]
    assert is_paid(rich, purchase_of(rich, first), networks)


def test_a_refused_request_id_is_replaced_once(rich: Customer, networks: Networks) -> None:
    """After 085 the purchase is sent with a new id, and succeeds."""
    networks.answer(code="085")

    answer = rich.buy()

    assert answer.status_code == 200
    assert networks.count_pays() == 2
    assert is_paid(rich, purchase_of(rich, answer), networks)


def test_a_second_refused_request_id_is_a_refusal(rich: Customer, networks: Networks) -> None:
    """A second 085 gives the money back; there is no third try."""
    networks.answer(code="085", times=5)

    answer = rich.buy()

    assert (answer.status_code, networks.count_pays()) == (503, 2)
    assert is_untouched(rich)


def test_after_a_refused_request_id_the_last_answer_counts(
    rich: Customer, networks: Networks
) -> None:
    """085, then the refusal of the order: the customer gets the refusal, every time."""
    answers = []
    for _ in range(8):
        networks.behave(force=[{"code": "085"}, {"code": "030"}])
        answers.append(rich.buy())

    errors = {(answer.status_code, answer.json()["error"]["code"]) for answer in answers}
    assert errors == {(422, "purchase_refused")}
    assert networks.count_pays() == 2 * len(answers)
    assert is_untouched(rich)


# --- Answers that decide nothing --------------------------------------------------------------

UNKNOWN: list[dict[str, Any]] = [
    *({"code": code} for code in rows(PurchaseVerdict.UNKNOWN)),
    {"code": "999"},
    {"code": "ABC"},
    {"code": "000", "patch": {"code": None}},
    {"code": "000", "patch": {"code": 0}},
    {"code": "000", "patch": {"content": None}},
    {"code": "000", "patch": {"content": []}},
    {"status": "pending"},
    {"status": "initiated"},
    {"status": "resolved"},
    {"status": "successful"},
    {"code": "083", "http_status": 500},
    {"code": "000", "http_status": 502},
]


@pytest.mark.parametrize("truth", ["delivered", "failed"])
@pytest.mark.parametrize("forced", UNKNOWN, ids=str)
def test_an_undecided_answer_keeps_the_hold(
    rich: Customer, networks: Networks, forced: dict[str, Any], truth: str
) -> None:
    """202; the requery then says how the purchase ended."""
    networks.answer(**forced, record=truth)

    answer = rich.buy()
    held = rich.wallet.held
    requery(reference_in(answer))

    transaction = purchase_of(rich, answer)
    assert (answer.status_code, held) == (202, 500_00)
    if truth == "delivered":
        assert is_paid(rich, transaction, networks)
    else:
        assert transaction.status is TransactionStatus.FAILED
        assert is_untouched(rich)


@pytest.mark.parametrize(
    "kind", ["timeout_after", "reset", "reset_after", "http_503_after", "malformed", "http_429"]
)
def test_a_missing_or_unreadable_answer_is_unknown(
    rich: Customer, networks: Networks, kind: str
) -> None:
    """It is never a failure: the hold stays until the requery decides."""
    networks.fault(kind, hang_s=4)

    answer = rich.buy()
    held = rich.wallet.held
    requery(reference_in(answer))
    if networks.purchases(DELIVERED):
        assert is_paid(rich, purchase_of(rich, answer), networks)
    else:
        assert rich.wallet.held == 500_00  # the purchase may still be on its way

    assert (answer.status_code, held) == (202, 500_00)


@pytest.mark.parametrize("number", ["500000000000", "400000000000"])
def test_the_vendors_test_numbers_leave_the_purchase_pending(
    rich: Customer, networks: Networks, number: str
) -> None:
    """Unexpected answers and dropped connections; the requery decides."""
    answer = rich.buy(number)

    requery(reference_in(answer))

    assert answer.status_code == 202
    assert is_paid(rich, purchase_of(rich, answer), networks)


def test_a_flat_answer_without_a_status_decides_nothing(rich: Customer, networks: Networks) -> None:
    """000 in the old shape says only that the request was processed."""
    networks.behave(flat_pay=True)

    answer = rich.buy()
    requery(reference_in(answer))

    assert answer.status_code == 202
    assert is_paid(rich, purchase_of(rich, answer), networks)


@pytest.mark.parametrize(
    "forced",
    [
        *(
            {"code": code}
            for code in rows(
                PurchaseVerdict.REFUSED, PurchaseVerdict.NO_FLOAT, PurchaseVerdict.UNKNOWN
            )
        ),
        {"code": "085"},
        {"status": "pending"},
        {"code": "000", "http_status": 500},
    ],
    ids=str,
)
def test_a_requery_with_the_code_of_a_purchase_changes_nothing(
    rich: Customer, networks: Networks, forced: dict[str, Any]
) -> None:
    """Some codes refuse a purchase; as the answer to a requery they decide nothing."""
    networks.answer(status="pending", record="delivered")
    reference = reference_in(rich.buy())
    networks.answer_requery(forced)

    try:
        requery(reference)
    except VendorUnavailable:
        assert forced.get("http_status") == 500
    held = rich.wallet.held
    requery(reference)

    assert held == 500_00
    assert is_paid(rich, rich.transaction(reference), networks)


@pytest.mark.parametrize("forced", [{"code": "087"}, {"code": "087", "http_status": 401}], ids=str)
def test_refused_keys_at_a_requery_change_nothing(
    rich: Customer, networks: Networks, forced: dict[str, Any]
) -> None:
    """They concern our account and not the purchase."""
    networks.answer(status="pending", record="delivered")
    reference = reference_in(rich.buy())
    networks.answer_requery(forced)

    with pytest.raises(VendorUnavailable):
        requery(reference)

    assert (rich.wallet.held, rich.buy().status_code) == (500_00, 503)


def test_an_unknown_request_id_is_a_failure_only_when_late_and_repeated(
    rich: Customer, networks: Networks
) -> None:
    """015 soon after sending decides nothing; two of them, ten minutes apart, release the hold."""
    networks.fault("reset")
    reference = reference_in(rich.buy())

    held = []
    for minutes in (0, 1, 11, 20):
        requery(reference, timedelta(minutes=minutes))
        held.append(rich.wallet.held)
    requery(reference, timedelta(minutes=21))

    assert held == [500_00] * 4
    assert rich.transaction(reference).status is TransactionStatus.FAILED
    assert is_untouched(rich)


# --- Answers that do not match the order ------------------------------------------------------


def test_an_answer_about_another_purchase_opens_a_review_case(
    rich: Customer, networks: Networks
) -> None:
    """Another request id: it settles nothing."""
    networks.answer(code="000", record="delivered", patch={"requestId": "202601010000abcdef"})

    answer = rich.buy()
    transaction = purchase_of(rich, answer)
    held = rich.wallet.held
    requery(transaction.reference)

    assert (answer.status_code, held) == (202, 500_00)
    assert review_kinds(transaction.reference) == {"answer_mismatch"}
    assert is_paid(rich, transaction, networks)


def test_a_recipient_that_the_vendor_spells_differently_is_still_the_recipient(
    rich: Customer, networks: Networks
) -> None:
    """With the country's code or as a JSON number: the purchase is delivered."""
    statuses = []
    for element in ("2348011111111", 8011111111):
        patch = {"content": {"transactions": {"unique_element": element}}}
        networks.answer(code="000", status="delivered", record="delivered", patch=patch)
        answer = rich.buy()
        statuses.append((answer.status_code, review_kinds(reference_in(answer))))

    assert statuses == [(200, set()), (200, set())]
    assert (rich.wallet.balance, rich.wallet.held) == (10000_00 - 2 * 500_00, 0)


def test_a_smaller_delivery_is_charged_and_opens_a_review_case(
    rich: Customer, networks: Networks
) -> None:
    """The price was paid and is booked; the difference is for a person."""
    patch = {"content": {"transactions": {"amount": "300"}}}
    networks.answer(code="000", record="delivered", patch=patch)

    answer = rich.buy()

    assert answer.status_code == 200
    assert review_kinds(reference_in(answer)) == {"amount_differs"}


@pytest.mark.parametrize("total", [None, "free", -1, 0, 1000])
def test_a_delivery_without_a_usable_cost_books_the_whole_price(
    rich: Customer, networks: Networks, total: object
) -> None:
    """The vendor's cost is taken to be the price, and a review case is open."""
    patch = {"content": {"transactions": {"total_amount": total}}}
    networks.answer(code="000", record="delivered", patch=patch)

    transaction = purchase_of(rich, rich.buy())

    assert credits_of(transaction.reference) == {"float:vtpass": 500_00}
    assert review_kinds(transaction.reference) == {"debit_unclear"}


def test_a_cost_above_the_price_is_booked_as_it_is(rich: Customer, networks: Networks) -> None:
    """A fee of the vendor makes it so: the rest is our loss, and no case is opened."""
    patch = {"content": {"transactions": {"total_amount": 501}}}
    networks.answer(code="000", record="delivered", patch=patch)

    transaction = purchase_of(rich, rich.buy())

    assert credits_of(transaction.reference) == {"float:vtpass": 501_00, "income:commission": -1_00}
    assert review_kinds(transaction.reference) == set()
    assert rich.wallet.balance == 9_500_00
    check_money(rich.wallet)


def test_amounts_may_be_texts_or_numbers(rich: Customer, networks: Networks) -> None:
    """Different types and a rounded commission in pay and requery change no kobo."""
    networks.answer(status="pending", record="delivered")

    answer = rich.buy(amount="333")
    requery(reference_in(answer))

    [line] = networks.purchases(DELIVERED)
    booked = credits_of(reference_in(answer))
    assert booked["float:vtpass"] == line["debited_kobo"]
    assert sum(booked.values()) == 333_00


# --- After the settlement ---------------------------------------------------------------------


def test_a_purchase_reversed_after_delivery_is_refunded_once(
    rich: Customer, networks: Networks
) -> None:
    """One REVERSAL and one review case."""
    transaction = purchase_of(rich, rich.buy())
    networks.end(transaction.vendor_id, "reversed")

    requery(transaction.reference)
    requery(transaction.reference)

    returned = Transaction.objects(reverses=transaction.reference)
    assert [r.amount for r in returned] == [500_00]
    assert review_kinds(transaction.reference) == {"reversed_after_success"}
    assert rich.transaction(transaction.reference).status is TransactionStatus.SUCCESS
    assert is_untouched(rich)


def test_a_delivery_after_the_release_is_charged(rich: Customer, networks: Networks) -> None:
    """The books follow the vendor: the price is taken after all, and a person may look at it."""
    transaction = purchase_of(rich, rich.buy("08033333333"))
    before = is_untouched(rich)
    networks.end(transaction.vendor_id, "delivered")

    requery(transaction.reference)
    requery(transaction.reference)

    assert before
    assert rich.transaction(transaction.reference).status is TransactionStatus.SUCCESS
    assert is_paid(rich, transaction, networks)
    assert review_kinds(transaction.reference) == {"delivered_after_failed"}


def test_every_code_has_a_reason() -> None:
    """Each row of the table has a reason, and each verdict is handled."""
    for rule in [*codes.RULES.values(), *codes.STATUSES.values()]:
        assert rule.why
        assert rule.plain.endswith(".") or rule.plain.endswith("again.")
    assert codes.rule_for("16", None) is codes.RULES["016"]
