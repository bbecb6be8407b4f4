"""VTpass's keys, catalogue and balance over HTTP."""

from decimal import Decimal

import pytest

from dev.sandbox.wire import loads

GET_KEYS = {"api-key": "api-key-of-these-tests", "public-key": "PK_of-these-tests"}
POST_KEYS = {"api-key": "api-key-of-these-tests", "secret-key": "SK_of-these-tests"}


def content(sandbox, path, **query):
    reply = sandbox.vtpass("GET", path, params=query)
    assert reply.status_code == 200, reply.text
    body = reply.json()
    assert body["response_description"] == "000"
    assert "code" not in body
    return body["content"]


@pytest.mark.parametrize(
    ("method", "path", "keys", "status"),
    [
        ("GET", "/balance", GET_KEYS, 200),
        ("GET", "/balance", POST_KEYS, 401),
        ("GET", "/balance", {**GET_KEYS, "api-key": "wrong"}, 401),
        ("GET", "/balance", {}, 401),
        ("GET", "/services?identifier=data", {"api-key": GET_KEYS["api-key"]}, 401),
        ("POST", "/requery", POST_KEYS, 200),
        ("POST", "/requery", GET_KEYS, 401),
        ("POST", "/requery", {**POST_KEYS, "secret-key": "wrong"}, 401),
        ("POST", "/pay", {}, 401),
    ],
)
def test_a_get_needs_the_public_key_and_a_post_the_secret_one(sandbox, method, path, keys, status):
    """Each beside the static key; anything else is refused with 087 and a message."""
    reply = sandbox.vtpass(method, path, keys=keys)

    assert reply.status_code == status
    if status == 401:
        assert reply.json() == {"code": "087", "message": "INVALID CREDENTIALS"}


def test_wrong_keys_may_be_answered_with_a_bare_text(sandbox):
    """The whole body is then one JSON text."""
    sandbox.policy(auth_bare_string=True)

    reply = sandbox.vtpass("GET", "/balance", keys={})

    assert reply.status_code == 401
    assert reply.json() == "Invalid Credentials."


def test_plans_are_shown_to_anybody(sandbox):
    """That service-variations answers proves nothing about the keys."""
    reply = sandbox.vtpass("GET", "/service-variations?serviceID=mtn-data", keys={})

    assert reply.status_code == 200


def test_categories_are_listed(sandbox):
    """Seven of them, by identifier and name."""
    listed = content(sandbox, "/service-categories")

    assert len(listed) == 7
    assert {"identifier": "data", "name": "Data Services"} in listed


def test_services_have_the_vendors_spellings(sandbox):
    """Misspelt fields, bounds as texts, and one bound as a number."""
    airtime = content(sandbox, "/services", identifier="airtime")
    data = content(sandbox, "/services", identifier="data")

    mtn = airtime[0]
    assert set(mtn) == {
        "serviceID", "name", "minimium_amount", "maximum_amount", "convinience_fee",
        "product_type", "image",
    }  # fmt: skip
    assert (mtn["serviceID"], mtn["name"]) == ("mtn", "MTN Airtime VTU")
    assert (mtn["minimium_amount"], mtn["maximum_amount"]) == ("50", "200000")
    assert "foreign-airtime" in {each["serviceID"] for each in airtime}
    numbers = {each["serviceID"] for each in data if not isinstance(each["maximum_amount"], str)}
    assert numbers == {"glo-data"}


def test_a_category_without_products_is_empty(sandbox):
    """Only airtime and data are sold here; the identifier itself must be given."""
    assert content(sandbox, "/services", identifier="education") == []
    assert sandbox.vtpass("GET", "/services").json()["code"] == "011"


@pytest.mark.parametrize(
    ("policy", "keys"),
    [
        ("both", {"variations", "varations"}),
        ("misspelled", {"varations"}),
        ("right", {"variations"}),
    ],
)
def test_the_list_of_plans_has_one_key_or_two(sandbox, policy, keys):
    """The misspelt one and the right one, or either."""
    sandbox.policy(variation_key=policy)

    shown = content(sandbox, "/service-variations", serviceID="mtn-data")

    assert set(shown) == {"ServiceName", "serviceID", "convinience_fee"} | keys
    assert len({len(shown[key]) for key in keys}) == 1


def test_a_code_may_have_two_prices(sandbox):
    """mtn-xtratalk-300 is listed twice, for 300.00 and for 200.00."""
    plans = content(sandbox, "/service-variations", serviceID="mtn-data")["variations"]

    prices = [
        each["variation_amount"] for each in plans if each["variation_code"] == "mtn-xtratalk-300"
    ]
    assert prices == ["300.00", "200.00"]
    assert {
        "variation_code": "mtn-100mb-1000",
        "name": "N1000 1.5GB - 30 days",
        "variation_amount": "1000.00",
        "fixedPrice": "Yes",
    } in plans


def test_spectranet_has_numeric_prices(sandbox):
    """Where the others have texts."""
    plans = content(sandbox, "/service-variations", serviceID="spectranet")["variations"]

    assert {type(each["variation_amount"]) for each in plans} == {int}


def test_airtime_has_no_plans_and_the_unknown_does_not_exist(sandbox):
    """An empty list is something else than a product that is not there."""
    assert content(sandbox, "/service-variations", serviceID="mtn")["variations"] == []
    reply = sandbox.vtpass("GET", "/service-variations?serviceID=9mobile")
    assert reply.json()["code"] == "012"


def test_the_balance_is_a_float_under_a_plural(sandbox):
    """The code beside it is the number 1."""
    reply = sandbox.vtpass("GET", "/balance")

    assert reply.text == '{"code":1,"contents":{"balance":1000000.0}}'


def test_the_balance_may_show_noise(sandbox):
    """A binary fraction falls short of its kobo by next to nothing."""
    sandbox.control("POST", "/vtpass/float", json={"naira": "1081.82"})
    sandbox.policy(balance_noise=True)

    shown = loads(sandbox.vtpass("GET", "/balance").content)["contents"]["balance"]

    assert Decimal("1081.8199999") < shown < Decimal("1081.82")


def test_a_path_that_is_none_is_a_page(sandbox):
    """What is no call of the API is not answered by the API."""
    reply = sandbox.vtpass("GET", "/nothing")

    assert reply.status_code == 404
    assert reply.headers["Content-Type"].startswith("text/html")


def test_foreign_airtime_is_found_step_by_step(sandbox):
    """Country, product type, operator, plan, and then an order with all of them."""
    path = "/get-international-airtime"
    countries = content(sandbox, f"{path}-countries")["countries"]
    country = countries[0]["code"]
    kinds = content(sandbox, f"{path}-product-types", code=country)
    kind = kinds[0]["product_type_id"]
    operators = content(sandbox, f"{path}-operators", code=country, product_type_id=kind)
    operator = operators[0]["operator_id"]
    plans = content(
        sandbox,
        "/service-variations",
        serviceID="foreign-airtime",
        operator_id=operator,
        product_type_id=kind,
    )["variations"]

    reply = sandbox.buy(
        serviceID="foreign-airtime",
        billersCode="08011111111",
        variation_code=plans[0]["variation_code"],
        country_code=country,
        operator_id=operator,
        product_type_id=kind,
        email="ada@example.com",
    )

    assert set(countries[0]) == {"code", "flag", "name", "currency", "prefix"}
    assert isinstance(kind, int)
    assert isinstance(operator, str)
    inner = reply.json()["content"]["transactions"]
    assert (inner["status"], inner["product_name"]) == ("delivered", "Foreign Airtime")
