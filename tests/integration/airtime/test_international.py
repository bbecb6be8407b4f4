"""International airtime: its lists, and its purchases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from airtime import international
from payflow.kernel import clock
from tests.support.airtime import purchases_of, reference_in, requery_purchase
from tests.support.books import credits_of
from tests.support.customer import error_code, new_key
from tests.support.invariants import check_money
from tests.support.networks import Networks
from tests.support.people import Customer
from wallets.ledger.documents import Transaction, TransactionStatus

pytestmark = pytest.mark.usefixtures("db")
BASE = "/airtime/foreign"
TYPES = f"{BASE}/countries/GH/product-types"
OPERATORS = f"{BASE}/countries/GH/operators"
PLANS = f"{BASE}/operators/5/variations"
GHANA = "233241234567"
FUNDS, PRICE, COST = 10_000_00, 1_000_00, 970_00
ORDER = {
    "service_id": "foreign-airtime",
    "country_code": "GH",
    "operator_id": "5",
    "product_type_id": 1,
    "variation_code": "5-1-1000",
}


@pytest.fixture(autouse=True)
def delivering(networks: Networks) -> None:
    networks.behave(outcomes={GHANA: "delivered"})


def buy_international(
    customer: Customer, phone: str = GHANA, *, key: str | None = None, **more: str
) -> Any:
    """The answer to an order of the plan at 1,000 naira for Ghana; `more` replaces fields."""
    return customer.buy(phone, key=key, **{**ORDER, **more})


def buy_without(customer: Customer, *names: str) -> Any:
    body = {name: value for name, value in ORDER.items() if name not in names}
    return customer.post("/airtime/purchase", {"phone": GHANA, **body}, key=new_key())


def is_untouched(customer: Customer) -> bool:
    check_money(customer.wallet)
    wallet = customer.wallet
    return (wallet.balance, wallet.held, len(customer.entries())) == (FUNDS, 0, 1)


# --- The four lists ---------------------------------------------------------------------------


def test_a_country_has_its_code_name_currency_prefix_and_flag(
    customer: Customer, networks: Networks
) -> None:
    """Each listed country has all five."""
    found = customer.get(f"{BASE}/countries").json()["results"]

    assert [row["code"] for row in found] == ["GH", "KE"]
    assert found[0] == {
        "code": "GH",
        "name": "Ghana",
        "currency": "GHS",
        "prefix": "233",
        "flag": found[0]["flag"],
    }
    assert found[0]["flag"].startswith("https://")


def test_a_country_has_product_types(customer: Customer, networks: Networks) -> None:
    """By number and name; the country's code may be in small letters."""
    found = customer.get(f"{BASE}/countries/gh/product-types").json()["results"]

    assert found == [{"id": 1, "name": "Mobile Top Up"}, {"id": 4, "name": "Mobile Data"}]


def test_a_product_type_has_operators(customer: Customer, networks: Networks) -> None:
    """The operators of the country, each with its picture."""
    found = customer.get(OPERATORS, product_type_id=1).json()["results"]

    assert [(row["operator_id"], row["name"]) for row in found] == [
        ("5", "MTN Ghana"),
        ("6", "Telecel Ghana"),
    ]
    assert all(row["image"].startswith("https://") for row in found)


def test_an_operator_has_plans_in_naira(customer: Customer, networks: Networks) -> None:
    """At a fixed price, or within bounds: 1 to 500 cedis at 131.37 naira."""
    found = customer.get(PLANS, product_type_id=1).json()["results"]

    plans = {row.pop("variation_code"): row for row in found}
    assert plans["5-1-1000"] == {
        "name": "MTN Ghana N1000 Mobile Top Up",
        "amount": "1000.00",
        "min_amount": None,
        "max_amount": None,
        "rate": None,
    }
    assert plans["5-1-any"] == {
        "name": "Enter flexible amount",
        "amount": None,
        "min_amount": "131.37",
        "max_amount": "65685.00",
        "rate": "131.37",
    }


@pytest.mark.parametrize(
    ("path", "query", "status", "expected"),
    [
        (f"{BASE}/countries/XX/product-types", {}, 404, "country_not_found"),
        (f"{BASE}/countries/XX/operators", {"product_type_id": 1}, 404, "country_not_found"),
        (OPERATORS, {"product_type_id": 2}, 422, "product_type_not_found"),
        (OPERATORS, {}, 400, "validation_error"),
        (OPERATORS, {"product_type_id": "one"}, 400, "validation_error"),
        (f"{BASE}/operators/99/variations", {"product_type_id": 1}, 404, "operator_not_found"),
        (f"{BASE}/operators/a b/variations", {"product_type_id": 1}, 404, "operator_not_found"),
        (PLANS, {"product_type_id": 2}, 404, "operator_not_found"),
        (PLANS, {}, 400, "validation_error"),
    ],
)
def test_an_unknown_country_operator_or_type_has_its_own_code(
    customer: Customer, networks: Networks, path: str, query: Any, status: int, expected: str
) -> None:
    """The error says which of them is unknown."""
    answer = customer.get(path, **query)

    assert (answer.status_code, error_code(answer)) == (status, expected)


def test_international_airtime_is_not_on_the_domestic_list(
    customer: Customer, networks: Networks
) -> None:
    """The list of services has those of Nigeria only."""
    found = customer.get("/airtime/services").json()["results"]

    assert "foreign-airtime" not in {row["service_id"] for row in found}


# --- Fresh, stale and none --------------------------------------------------------------------


def test_stale_lists_are_served_while_the_vendor_is_unavailable(networks: Networks) -> None:
    """Days later all four lists are unchanged."""
    now = clock.now()
    before = everything(now)
    for endpoint in ("countries", "product_types", "operators", "variations"):
        networks.fault("http_500", endpoint=endpoint, times=99)

    after = everything(now + timedelta(days=20))

    assert before == after


def test_fresh_lists_are_not_fetched_again(networks: Networks) -> None:
    """Countries and operators stay fresh for two hours, prices for ten minutes."""
    now = clock.now()
    seen = []
    for minutes in (0, 9, 10, 119, 120):
        everything(now + timedelta(minutes=minutes))
        seen.append((len(networks.calls("countries")), len(networks.calls("variations"))))

    assert seen == [(1, 1), (1, 1), (1, 2), (1, 3), (2, 3)]


def everything(now: Any) -> list[Any]:
    return [
        international.list_countries(now=now),
        international.list_product_types("GH", now=now),
        international.list_operators("GH", 1, now=now),
        international.list_plans("5", 1, now=now),
    ]


def test_without_lists_and_without_the_vendor_there_is_a_503(
    rich: Customer, networks: Networks
) -> None:
    """No list is invented; nothing is held."""
    for endpoint in ("countries", "variations"):
        networks.fault("http_500", endpoint=endpoint, times=99)

    answers = [
        rich.get(f"{BASE}/countries"),
        rich.get(TYPES),
        rich.get(OPERATORS, product_type_id=1),
        rich.get(PLANS, product_type_id=1),
        buy_international(rich),
    ]

    for answer in answers:
        assert (answer.status_code, error_code(answer)) == (503, "vendor_unavailable")
    assert is_untouched(rich)


def test_without_keys_international_airtime_is_disabled(
    rich: Customer, networks: Networks, settings: Any
) -> None:
    """Every endpoint answers airtime_disabled."""
    settings.VTPASS_API_KEY = ""

    answers = [rich.get(path) for path in (f"{BASE}/countries", TYPES, OPERATORS, PLANS)]
    answers.append(buy_international(rich))

    for answer in answers:
        assert (answer.status_code, error_code(answer)) == (503, "airtime_disabled")
    assert is_untouched(rich)


# --- Buying -----------------------------------------------------------------------------------


def test_a_delivered_plan_is_charged(rich: Customer, networks: Networks) -> None:
    """200; its cost as the vendor's books have it, and its details in meta."""
    answer = buy_international(rich, "+233 24 123 4567")

    transaction = answer.json()["transaction"]
    assert (answer.status_code, transaction["type"]) == (200, "AIRTIME")
    assert (transaction["status"], transaction["amount"]) == ("SUCCESS", "1000.00")
    assert transaction["meta"] == {
        "service_id": "foreign-airtime",
        "network": "MTN Ghana",
        "phone": GHANA,
        "variation_code": "5-1-1000",
        "plan": "MTN Ghana N1000 Mobile Top Up",
        "country_code": "GH",
        "country": "Ghana",
        "operator_id": "5",
        "product_type_id": 1,
    }
    assert credits_of(transaction["reference"]) == {
        "float:vtpass": COST,
        "income:commission": PRICE - COST,
    }
    [line] = networks.purchases(GHANA)
    assert (line["service_id"], line["variation_code"]) == ("foreign-airtime", "5-1-1000")
    assert (line["amount_kobo"], line["debited_kobo"]) == (PRICE, COST)
    check_money(rich.wallet)


def test_the_transaction_keeps_what_a_later_send_needs(rich: Customer, networks: Networks) -> None:
    """Also the email address, which the vendor wants and meta does not show."""
    answer = buy_international(rich)

    kept = rich.transaction(reference_in(answer)).order
    assert (kept.country_code, kept.operator_id, kept.product_type_id) == ("GH", "5", 1)
    assert (kept.email, kept.phone, kept.local_amount) == (rich.email, GHANA, None)
    assert rich.email not in answer.content.decode()


def test_a_fixed_price_plan_ignores_the_clients_amount(rich: Customer, networks: Networks) -> None:
    """The price is the catalogue's."""
    answer = buy_international(rich, amount="1")

    assert answer.json()["transaction"]["amount"] == "1000.00"
    assert networks.purchases(GHANA)[0]["amount_kobo"] == PRICE
    assert rich.wallet.balance == FUNDS - PRICE


def test_a_flexible_plan_costs_the_price_of_whole_hundredths(
    rich: Customer, networks: Networks
) -> None:
    """5,000 naira buy 38.06 cedis, which cost five kobo less."""
    answer = buy_international(rich, variation_code="5-1-any", amount="5000")

    transaction = answer.json()["transaction"]
    assert (answer.status_code, transaction["amount"]) == (200, "4999.95")
    assert transaction["meta"]["foreign_amount"] == "38.06"
    assert transaction["meta"]["foreign_currency"] == "GHS"
    assert networks.purchases(GHANA)[0]["amount_kobo"] == 4_999_95
    assert not rich.transaction(transaction["reference"]).needs_review
    check_money(rich.wallet)


def test_a_pending_purchase_is_charged_when_the_requery_says_delivered(
    rich: Customer, networks: Networks
) -> None:
    """202 and a hold first; charged once."""
    answer = buy_international(rich, "201000000000")
    reference = reference_in(answer)
    held = rich.wallet.held
    networks.end(rich.transaction(reference).vendor_id, "delivered")

    requery_purchase(reference)
    requery_purchase(reference)

    assert (answer.status_code, held) == (202, PRICE)
    assert rich.transaction(reference).status is TransactionStatus.SUCCESS
    assert (rich.wallet.balance, rich.wallet.held) == (FUNDS - PRICE, 0)
    assert networks.count_pays() == 1
    check_money(rich.wallet)


def test_a_purchase_without_an_answer_is_settled_by_the_requery(
    rich: Customer, networks: Networks
) -> None:
    """The connection broke after the vendor had it: held, then charged, and sent once."""
    answer = buy_international(rich, "400000000000")
    reference = reference_in(answer)

    requery_purchase(reference)

    assert answer.status_code == 202
    assert rich.transaction(reference).status is TransactionStatus.SUCCESS
    assert networks.count_pays() == 1
    check_money(rich.wallet)


def test_a_failed_purchase_gives_the_money_back(rich: Customer, networks: Networks) -> None:
    """Another number fails in the vendor's sandbox: 502 with the transaction."""
    answer = buy_international(rich, "0241234568")

    assert (answer.status_code, error_code(answer)) == (502, "purchase_failed")
    assert rich.transaction(reference_in(answer)).status is TransactionStatus.FAILED
    assert is_untouched(rich)


def test_the_vendors_test_number_is_accepted_in_sandbox_mode_only(
    rich: Customer, networks: Networks
) -> None:
    """It is no number of Ghana, and is delivered."""
    assert buy_international(rich, "08011111111").status_code == 200


def test_the_same_key_is_the_same_purchase(rich: Customer, networks: Networks) -> None:
    """Bought once, with the country in any letter case."""
    first, second = (
        buy_international(rich, key="k"),
        buy_international(rich, key="k", country_code="gh"),
    )

    assert (first.status_code, second.status_code) == (200, 200)
    assert reference_in(first) == reference_in(second)
    assert (networks.count_pays(), rich.wallet.balance) == (1, FUNDS - PRICE)


@pytest.mark.parametrize(
    "change", [{"operator_id": "6", "variation_code": "6-1-1000"}, {"product_type_id": 4}]
)
def test_the_same_key_for_another_purchase_is_a_conflict(
    rich: Customer, networks: Networks, change: dict[str, str]
) -> None:
    """Another operator or product is another request."""
    buy_international(rich, key="k")

    answer = buy_international(rich, key="k", **change)

    assert (answer.status_code, error_code(answer)) == (409, "idempotency_conflict")
    assert len(purchases_of(rich)) == networks.count_pays() == 1


# --- What cannot be sold ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["country_code", "operator_id", "product_type_id", "variation_code"]
)
def test_an_incomplete_order_is_refused(rich: Customer, networks: Networks, name: str) -> None:
    """422; nothing is written or sent."""
    answer = buy_without(rich, name)

    assert (answer.status_code, error_code(answer)) == (422, "purchase_incomplete")
    assert purchases_of(rich) == []
    assert networks.count_pays() == 0


@pytest.mark.parametrize(
    ("change", "status", "expected"),
    [
        ({"country_code": "XX"}, 404, "country_not_found"),
        ({"country_code": "KE"}, 422, "phone_invalid"),
        ({"operator_id": "21"}, 404, "operator_not_found"),
        ({"operator_id": "99"}, 404, "operator_not_found"),
        ({"operator_id": "6"}, 422, "variation_not_found"),
        ({"product_type_id": 2}, 422, "product_type_not_found"),
        ({"product_type_id": 4}, 422, "variation_not_found"),
        ({"product_type_id": -1}, 400, "validation_error"),
        ({"variation_code": "21-1-1000"}, 422, "variation_not_found"),
        ({"variation_code": "5-1-any"}, 422, "purchase_incomplete"),
        ({"variation_code": "5-1-any", "amount": "131.36"}, 422, "amount_out_of_range"),
        ({"variation_code": "5-1-any", "amount": "65685.01"}, 422, "amount_out_of_range"),
        ({"variation_code": "5-1-any", "amount": "20000"}, 422, "insufficient_funds"),
        ({"phone": "08031234567"}, 422, "phone_invalid"),
        ({"phone": "+254712345678"}, 422, "phone_invalid"),
        ({"phone": "024123"}, 422, "phone_invalid"),
    ],
    ids=str,
)
def test_an_inconsistent_order_is_refused(
    rich: Customer, networks: Networks, change: dict[str, str], status: int, expected: str
) -> None:
    """Plan, operator, product type and country must belong together; nothing is held or sent."""
    answer = buy_international(rich, **{"phone": GHANA, **change})

    assert (answer.status_code, error_code(answer)) == (status, expected)
    assert is_untouched(rich)
    assert purchases_of(rich) == []
    assert networks.count_pays() == 0


@pytest.mark.parametrize("name", ["country_code", "operator_id", "product_type_id"])
def test_domestic_airtime_with_a_country_is_refused(
    rich: Customer, networks: Networks, name: str
) -> None:
    """An order for both is not guessed at."""
    answer = rich.buy("08031234567", **{name: ORDER[name]})

    assert (answer.status_code, error_code(answer)) == (422, "purchase_incomplete")
    assert Transaction.objects(user_id=rich.user.pk, type__in=["AIRTIME", "DATA"]).count() == 0
    assert networks.count_pays() == 0
