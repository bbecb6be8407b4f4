"""Every row of the table of VTpass's answers, end to end: what each does to the money."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from airtime.purchases import outcomes
from airtime.vendors import PurchaseVerdict
from airtime.vtpass import codes
from payflow.kernel import clock
from payflow.kernel.errors import VendorUnavailable
from tests.support.airtime import reference_in
from tests.support.customer import DELIVERED
from tests.support.invariants import check_money
from tests.support.networks import Networks
from tests.support.people import Customer
from wallets.ledger.documents import Transaction, TransactionStatus
from wallets.review.documents import ReviewCase

pytestmark = pytest.mark.usefixtures("db")
PAID = [("payable:vtpass", 482_50), ("income:commission", 17_50)]


def rows(*verdicts: PurchaseVerdict) -> list[str]:
    return sorted(code for code, rule in codes.RULES.items() if rule.verdict in verdicts)


def look(reference: str, after: timedelta = timedelta()) -> None:
    outcomes.requery(reference=reference, now=clock.now() + after)


def bought(customer: Customer, answer: Any) -> Transaction:
    return customer.transaction(reference_in(answer))


def entries_of(customer: Customer, transaction: Transaction) -> list[tuple[str, int]]:
    found = [e for e in customer.entries() if e.transaction == transaction.reference]
    return [(entry.credit_account, entry.amount) for entry in found]


def cases(transaction: Transaction) -> set[str]:
    return {case.kind for case in ReviewCase.objects(transaction=transaction.reference)}


def is_untouched(customer: Customer) -> bool:
    """Whether the wallet is as it was before anything was bought."""
    check_money(customer.wallet)
    return (customer.wallet.balance, customer.wallet.held) == (10_000_00, 0)


def is_paid(customer: Customer, transaction: Transaction, networks: Networks) -> bool:
    """Whether the price is gone, once, and the books say what the vendor's say."""
    check_money(customer.wallet)
    [theirs] = networks.purchases(transaction.purchase.phone)
    return (
        (customer.wallet.balance, customer.wallet.held) == (9_500_00, 0)
        and entries_of(customer, transaction) == PAID
        and theirs["debited_kobo"] == 482_50
    )


# --- What decides at once ---------------------------------------------------------------------


def test_delivered(rich: Customer, networks: Networks) -> None:
    """200, and the price is split into what the vendor took and our commission."""
    answer = rich.buy()

    assert answer.status_code == 200
    assert answer.json()["transaction"]["status"] == "SUCCESS"
    assert is_paid(rich, bought(rich, answer), networks)


@pytest.mark.parametrize("code", rows(PurchaseVerdict.REFUSED))
def test_a_refusal_gives_the_money_back(rich: Customer, networks: Networks, code: str) -> None:
    """422 with the transaction, whose reason is in plain words; the code is for support."""
    networks.answer(code=code)

    answer = rich.buy()

    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (422, "purchase_refused")
    assert error["details"]["transaction"]["status"] == "FAILED"
    assert error["message"] == codes.RULES[code].plain
    assert bought(rich, answer).vendor_reason.startswith(code)
    assert is_untouched(rich)
    assert networks.books()["purchases"] == []


@pytest.mark.parametrize("code", rows(PurchaseVerdict.OUR_FAULT))
def test_what_is_our_fault_stops_selling(rich: Customer, networks: Networks, code: str) -> None:
    """503, the money back, and the next customer is refused before the vendor is asked."""
    networks.answer(code=code)

    answer = rich.buy()
    calls = networks.count_pays()
    again = rich.buy()

    for refused in (answer, again):
        assert refused.status_code == 503
        assert refused.json()["error"]["code"] == "vendor_unavailable"
    assert networks.count_pays() == calls
    assert Transaction.objects(user_id=rich.user.pk, purchase__exists=True).count() == 1
    assert is_untouched(rich)


def test_an_empty_float_stops_selling(rich: Customer, networks: Networks) -> None:
    """018 is told as sold out; nothing is held for the next one."""
    networks.set_float("100")

    first, second = rich.buy(), rich.buy()

    for refused in (first, second):
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "vendor_low_balance")
    assert networks.count_pays() == 1
    assert is_untouched(rich)


@pytest.mark.parametrize("bare", [False, True])
def test_refused_keys_are_a_refusal(rich: Customer, networks: Networks, bare: bool) -> None:
    """HTTP 401 with an object or with a bare text: nothing was bought."""
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
def test_a_failure_that_is_confirmed(
    rich: Customer, networks: Networks, forced: dict[str, str]
) -> None:
    """502 with the transaction, and the money is back."""
    networks.answer(**forced)

    answer = rich.buy()

    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "purchase_failed")
    assert is_untouched(rich)


def test_a_failure_without_content(rich: Customer, networks: Networks) -> None:
    """A bare 016 is confirmed by asking, and then believed."""
    networks.behave(missing_content_016=True)

    answer = rich.buy("08033333333")

    assert answer.status_code == 502
    assert is_untouched(rich)


def test_a_failure_that_was_delivered_all_the_same(rich: Customer, networks: Networks) -> None:
    """The requery has the last word: nothing is given back for value that arrived."""
    networks.answer(code="016", record="delivered")

    answer = rich.buy()

    assert answer.status_code == 200
    assert is_paid(rich, bought(rich, answer), networks)


def test_a_failure_that_cannot_be_confirmed_yet(rich: Customer, networks: Networks) -> None:
    """Held until the requery answers."""
    networks.answer(code="016", record="failed")
    networks.fault("http_500", endpoint="requery")

    answer = rich.buy()
    held = rich.wallet.held
    look(reference_in(answer))

    assert (answer.status_code, held) == (202, 500_00)
    assert bought(rich, answer).status is TransactionStatus.FAILED
    assert is_untouched(rich)


def test_a_likely_duplicate_is_refused(rich: Customer, networks: Networks) -> None:
    """019, which the requery repeats: the second money is back, the customer told to wait."""
    networks.behave(duplicate_window_s=30)
    first = rich.buy()

    second = rich.buy()

    assert (first.status_code, second.status_code) == (200, 422)
    assert "half a minute" in second.json()["error"]["message"]
    assert is_paid(rich, bought(rich, first), networks)


def test_an_id_of_yesterday_is_made_anew(rich: Customer, networks: Networks) -> None:
    """085 once: a fresh id, and the purchase goes through."""
    networks.answer(code="085")

    answer = rich.buy()

    assert answer.status_code == 200
    assert networks.count_pays() == 2
    assert is_paid(rich, bought(rich, answer), networks)


def test_an_id_that_is_refused_twice(rich: Customer, networks: Networks) -> None:
    """085 again is a refusal: the money is back, and nobody tries for ever."""
    networks.answer(code="085", times=5)

    answer = rich.buy()

    assert (answer.status_code, networks.count_pays()) == (503, 2)
    assert is_untouched(rich)


# --- What decides nothing ---------------------------------------------------------------------

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
def test_an_answer_that_decides_nothing(
    rich: Customer, networks: Networks, forced: dict[str, Any], truth: str
) -> None:
    """202 and the hold stays; the requery then says what really happened."""
    networks.answer(**forced, record=truth)

    answer = rich.buy()
    held = rich.wallet.held
    look(reference_in(answer))

    transaction = bought(rich, answer)
    assert (answer.status_code, held) == (202, 500_00)
    if truth == "delivered":
        assert is_paid(rich, transaction, networks)
    else:
        assert transaction.status is TransactionStatus.FAILED
        assert is_untouched(rich)


@pytest.mark.parametrize(
    "kind", ["timeout_after", "reset", "reset_after", "http_503_after", "malformed", "http_429"]
)
def test_no_answer_or_none_that_can_be_read(rich: Customer, networks: Networks, kind: str) -> None:
    """Silence and rubbish are unknown, never failed; whoever was charged has the value."""
    networks.fault(kind, hang_s=4)

    answer = rich.buy()
    held = rich.wallet.held
    look(reference_in(answer))
    if networks.purchases(DELIVERED):
        assert is_paid(rich, bought(rich, answer), networks)
    else:
        assert rich.wallet.held == 500_00  # not yet: it may still be on its way

    assert (answer.status_code, held) == (202, 500_00)


@pytest.mark.parametrize("number", ["500000000000", "400000000000"])
def test_the_vendors_own_test_numbers(rich: Customer, networks: Networks, number: str) -> None:
    """Unexpected answers and dropped connections: pending, then what the requery says."""
    answer = rich.buy(number)

    look(reference_in(answer))

    assert answer.status_code == 202
    assert is_paid(rich, bought(rich, answer), networks)


def test_the_flat_answer_of_older_days(rich: Customer, networks: Networks) -> None:
    """000 without a status inside says only that something was processed."""
    networks.behave(flat_pay=True)

    answer = rich.buy()
    look(reference_in(answer))

    assert answer.status_code == 202
    assert is_paid(rich, bought(rich, answer), networks)


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
def test_a_requery_that_says_nothing(
    rich: Customer, networks: Networks, forced: dict[str, Any]
) -> None:
    """A refusal answers an attempt to buy; as the answer to a question it changes nothing."""
    networks.answer(status="pending", record="delivered")
    reference = reference_in(rich.buy())
    networks.answer_requery(forced)

    try:
        look(reference)
    except VendorUnavailable:
        assert forced.get("http_status") == 500
    held = rich.wallet.held
    look(reference)

    assert held == 500_00
    assert is_paid(rich, rich.transaction(reference), networks)


@pytest.mark.parametrize("forced", [{"code": "087"}, {"code": "087", "http_status": 401}], ids=str)
def test_keys_that_are_refused_at_a_requery(
    rich: Customer, networks: Networks, forced: dict[str, Any]
) -> None:
    """That says something of our account, and nothing of the purchase."""
    networks.answer(status="pending", record="delivered")
    reference = reference_in(rich.buy())
    networks.answer_requery(forced)

    with pytest.raises(VendorUnavailable):
        look(reference)

    assert (rich.wallet.held, rich.buy().status_code) == (500_00, 503)


def test_no_such_request_counts_only_late_and_twice(rich: Customer, networks: Networks) -> None:
    """015 right after sending may have overtaken it; ten minutes on, and twice, it has not."""
    networks.fault("reset")
    reference = reference_in(rich.buy())

    for _ in range(3):
        look(reference)
    early = rich.wallet.held
    look(reference, timedelta(minutes=11))
    once = rich.wallet.held
    look(reference, timedelta(minutes=20))

    assert (early, once) == (500_00, 500_00)
    assert rich.transaction(reference).status is TransactionStatus.FAILED
    assert is_untouched(rich)


# --- What does not fit ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "patch",
    [
        {"requestId": "202601010000abcdef"},
        {"content": {"transactions": {"unique_element": "08099999999"}}},
    ],
)
def test_an_answer_about_somebody_else(
    rich: Customer, networks: Networks, patch: dict[str, Any]
) -> None:
    """Another request's or recipient's: believed by nobody, and a person looks at it."""
    networks.answer(code="000", record="delivered", patch=patch)

    answer = rich.buy()
    transaction = bought(rich, answer)
    held = rich.wallet.held
    look(transaction.reference)

    assert (answer.status_code, held) == (202, 500_00)
    assert cases(transaction) == {"answer_mismatch"}
    assert is_paid(rich, transaction, networks)


def test_less_delivered_than_asked_for(rich: Customer, networks: Networks) -> None:
    """The price was paid and is booked; that the amounts differ is a case."""
    patch = {"content": {"transactions": {"amount": "300"}}}
    networks.answer(code="000", record="delivered", patch=patch)

    answer = rich.buy()

    assert answer.status_code == 200
    assert cases(bought(rich, answer)) == {"amount_differs"}


@pytest.mark.parametrize("total", [None, "free", -1, 0, 501])
def test_a_debit_that_makes_no_sense(rich: Customer, networks: Networks, total: object) -> None:
    """Without a usable figure the whole price is owed to the vendor, and a person looks at it."""
    patch = {"content": {"transactions": {"total_amount": total}}}
    networks.answer(code="000", record="delivered", patch=patch)

    transaction = bought(rich, rich.buy())

    assert entries_of(rich, transaction) == [("payable:vtpass", 500_00)]
    assert cases(transaction) == {"debit_unclear"}


def test_texts_in_one_answer_and_numbers_in_another(rich: Customer, networks: Networks) -> None:
    """The drift between pay and requery, commission rounded to naira, changes no kobo."""
    networks.answer(status="pending", record="delivered")

    answer = rich.buy(amount="333")
    look(reference_in(answer))

    [theirs] = networks.purchases(DELIVERED)
    booked = dict(entries_of(rich, bought(rich, answer)))
    assert booked["payable:vtpass"] == theirs["debited_kobo"]
    assert sum(booked.values()) == 333_00


# --- After the end ----------------------------------------------------------------------------


def test_taken_back_after_it_was_delivered(rich: Customer, networks: Networks) -> None:
    """A REVERSAL returns the money, once, and a case is open."""
    transaction = bought(rich, rich.buy())
    networks.end(transaction.vendor_id, "reversed")

    look(transaction.reference)
    look(transaction.reference)

    returned = Transaction.objects(reverses=transaction.reference)
    assert [r.amount for r in returned] == [500_00]
    assert cases(transaction) == {"reversed_after_success"}
    assert rich.transaction(transaction.reference).status is TransactionStatus.SUCCESS
    assert is_untouched(rich)


def test_delivered_after_the_money_was_given_back(rich: Customer, networks: Networks) -> None:
    """Nobody is charged behind their back: a person decides."""
    transaction = bought(rich, rich.buy("08033333333"))
    networks.end(transaction.vendor_id, "delivered")

    look(transaction.reference)

    assert cases(transaction) == {"delivered_after_failed"}
    assert rich.transaction(transaction.reference).status is TransactionStatus.FAILED
    assert is_untouched(rich)


def test_after_a_day_a_person_has_to_find_out(rich: Customer, networks: Networks) -> None:
    """Never released by age: a case is opened, and the clock stops asking."""
    transaction = bought(rich, rich.buy("201000000000"))

    look(transaction.reference, timedelta(hours=23))
    before = cases(transaction)
    look(transaction.reference, timedelta(hours=25))

    after = rich.transaction(transaction.reference)
    assert (before, cases(transaction)) == (set(), {"outcome_unknown"})
    assert (after.status, after.next_check_at) == (TransactionStatus.PENDING, None)
    assert rich.wallet.held == 500_00


def test_after_a_day_of_silence_too(rich: Customer, networks: Networks) -> None:
    """A vendor that does not answer does not keep the case from being opened."""
    transaction = bought(rich, rich.buy("201000000000"))
    networks.fault("http_500", endpoint="requery")

    with pytest.raises(VendorUnavailable):
        look(transaction.reference, timedelta(hours=25))

    assert cases(transaction) == {"outcome_unknown"}


def test_every_code_has_a_reason() -> None:
    """The table explains each of its rows, and knows no verdict without a consequence."""
    for rule in [*codes.RULES.values(), *codes.STATUSES.values()]:
        assert rule.why
        assert rule.plain.endswith(".") or rule.plain.endswith("again.")
    assert codes.rule_for("16", None) is codes.RULES["016"]
