"""VTpass's keys, its catalogue and the balance."""

from decimal import Decimal

from dev.sandbox.wire import loads

GET_KEYS = {"api-key": "api-key-of-these-tests", "public-key": "PK_of-these-tests"}
POST_KEYS = {"api-key": "api-key-of-these-tests", "secret-key": "SK_of-these-tests"}


def content(sandbox, path, **query):
    answer = sandbox.vtpass("GET", path, params=query)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["response_description"] == "000"
    assert "code" not in body
    return body["content"]


def test_a_get_needs_the_public_key_and_a_post_the_secret_key(sandbox):
    """Each beside the api-key; service-variations needs no key."""

    def call(method, path, keys):
        return sandbox.vtpass(method, path, keys=keys)

    accepted = [
        call("GET", "/balance", GET_KEYS),
        call("POST", "/requery", POST_KEYS),
        call("GET", "/service-variations?serviceID=mtn-data", {}),
    ]
    refused = [
        call("GET", "/balance", POST_KEYS),
        call("POST", "/requery", GET_KEYS),
        call("GET", "/balance", {**GET_KEYS, "api-key": "wrong"}),
    ]

    assert [answer.status_code for answer in accepted] == [200, 200, 200]
    assert [answer.status_code for answer in refused] == [401, 401, 401]
    assert refused[0].json() == {"code": "087", "message": "INVALID CREDENTIALS"}


def test_services_have_the_vendors_spelling(sandbox):
    """Bounds are texts under a misspelt name, and one bound is a number."""
    airtime = content(sandbox, "/services", identifier="airtime")
    data = content(sandbox, "/services", identifier="data")

    assert [each["serviceID"] for each in airtime] == [
        "mtn", "glo", "airtel", "etisalat", "foreign-airtime",
    ]  # fmt: skip
    assert (airtime[0]["minimium_amount"], airtime[0]["maximum_amount"]) == ("50", "200000")
    numbers = {each["serviceID"] for each in data if not isinstance(each["maximum_amount"], str)}
    assert numbers == {"glo-data"}
    assert content(sandbox, "/services", identifier="education") == []
    identifiers = [each["identifier"] for each in content(sandbox, "/service-categories")]
    assert {"airtime", "data", "education"} <= set(identifiers)


def test_the_list_of_plans_can_be_misspelt(sandbox):
    """Depending on variation_key the list is under either name, or under both."""

    def keys(policy):
        sandbox.set_policy(variation_key=policy)
        shown = content(sandbox, "/service-variations", serviceID="mtn-data")
        return set(shown) - {"ServiceName", "serviceID", "convinience_fee"}

    assert keys("both") == {"variations", "varations"}
    assert keys("misspelled") == {"varations"}
    assert keys("right") == {"variations"}


def test_plans_have_prices(sandbox):
    """Prices are texts; one service has numbers, and one code is listed with two prices."""

    def prices(service_id):
        plans = content(sandbox, "/service-variations", serviceID=service_id)["variations"]
        return [(each["variation_code"], each["variation_amount"]) for each in plans]

    data = prices("mtn-data")
    assert [price for code, price in data if code == "mtn-xtratalk-300"] == ["300.00", "200.00"]
    assert ("vt-1000", 1000) in prices("spectranet")
    assert prices("mtn") == []
    unknown = sandbox.vtpass("GET", "/service-variations?serviceID=9mobile")
    assert unknown.json()["code"] == "012"


def test_the_balance_can_show_a_binary_fraction(sandbox):
    """With balance_noise the balance is slightly below its kobo."""
    sandbox.control("POST", "/vtpass/float", json={"naira": "1081.82"})
    sandbox.set_policy(balance_noise=True)

    shown = loads(sandbox.vtpass("GET", "/balance").content)["contents"]["balance"]

    assert Decimal("1081.8199999") < shown < Decimal("1081.82")


def test_an_unknown_route_is_a_page(sandbox):
    """A path that the API does not have is answered with HTML."""
    answer = sandbox.vtpass("GET", "/nothing")

    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")


def test_international_airtime_is_found_step_by_step(sandbox):
    """Country, product type, operator and plan lead to an order that is delivered."""
    path = "/get-international-airtime"
    country = content(sandbox, f"{path}-countries")["countries"][0]["code"]
    kind = content(sandbox, f"{path}-product-types", code=country)[0]["product_type_id"]
    where = {"code": country, "product_type_id": kind}
    operator = content(sandbox, f"{path}-operators", **where)[0]["operator_id"]
    service = {"serviceID": "foreign-airtime", "operator_id": operator, "product_type_id": kind}
    plan = content(sandbox, "/service-variations", **service)["variations"][0]

    answer = sandbox.buy(
        **service,
        billersCode="08011111111",
        variation_code=plan["variation_code"],
        country_code=country,
        email="ada@example.com",
    )

    assert (isinstance(kind, int), isinstance(operator, str)) == (True, True)
    assert answer.json()["content"]["transactions"]["status"] == "delivered"
