"""The controls of the simulated VTpass, its faults, and what it remembers."""

import pytest
import requests

ENDPOINTS = {
    "categories": ("GET", "/service-categories"),
    "services": ("GET", "/services?identifier=airtime"),
    "variations": ("GET", "/service-variations?serviceID=mtn-data"),
    "countries": ("GET", "/get-international-airtime-countries"),
    "product_types": ("GET", "/get-international-airtime-product-types?code=GH"),
    "operators": ("GET", "/get-international-airtime-operators?code=GH&product_type_id=1"),
    "balance": ("GET", "/balance"),
    "pay": ("POST", "/pay"),
    "requery": ("POST", "/requery"),
}


def arm(sandbox, endpoint, kind, **options):
    wanted = {"vendor": "vtpass", "endpoint": endpoint, "kind": kind, **options}
    sandbox.control("POST", "/faults", json=wanted)


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        ("http_500", 500, '{"code":"083","content":{"errors":[]}}'),
        ("http_429", 429, "Too Many Requests"),
    ],
)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_fault_hits_any_endpoint_in_the_vendors_words(sandbox, endpoint, kind, status, body):
    """Once, and the call after it is answered as usual."""
    arm(sandbox, endpoint, kind)

    replies = [sandbox.vtpass(*ENDPOINTS[endpoint]) for _ in range(2)]

    assert (replies[0].status_code, replies[0].text) == (status, body)
    assert replies[1].status_code == 200


@pytest.mark.parametrize(
    ("kind", "recorded"),
    [("reset", 0), ("reset_after", 1), ("timeout_before", 0), ("timeout_after", 1)],
)
def test_a_lost_answer_may_hide_a_purchase(sandbox, kind, recorded):
    """The caller sees a broken connection; only the *_after kinds did the work before it."""
    arm(sandbox, "pay", kind, hang_s=0)

    with pytest.raises(requests.ConnectionError):
        sandbox.buy()

    assert len(sandbox.vtpass_books()["purchases"]) == recorded


@pytest.mark.parametrize(
    ("kind", "status", "recorded"), [("http_503_after", 503, 1), ("malformed", 502, 0)]
)
def test_a_page_may_stand_for_an_answer(sandbox, kind, status, recorded):
    """What stands before the API speaks HTML, and may have let the order through."""
    arm(sandbox, "pay", kind)

    reply = sandbox.buy()

    assert reply.status_code == status
    assert reply.headers["Content-Type"].startswith("text/html")
    assert len(sandbox.vtpass_books()["purchases"]) == recorded


def test_not_found_is_an_unknown_id(sandbox, request_id):
    """Of a requery; elsewhere it is a page."""
    sandbox.buy(request_id)
    arm(sandbox, "requery", "not_found")
    arm(sandbox, "balance", "not_found")

    assert sandbox.requery(request_id).json()["code"] == "015"
    assert sandbox.vtpass("GET", "/balance").status_code == 404


def test_calls_are_logged_by_request_id(sandbox, request_id):
    """Pay and requery under one reference."""
    sandbox.buy(request_id)
    sandbox.buy()
    sandbox.requery(request_id)

    calls = sandbox.control("GET", "/calls", params={"reference": request_id})["calls"]

    assert [(each["vendor"], each["endpoint"], each["status"]) for each in calls] == [
        ("vtpass", "pay", 200),
        ("vtpass", "requery", 200),
    ]


def test_the_policy_is_shown_and_reset(sandbox):
    """What was changed is answered; a reset brings the first behaviour back."""
    first = sandbox.policy()
    assert sandbox.policy(deliver_any=True) == first | {"deliver_any": True}
    sandbox.buy()
    sandbox.control("POST", "/vtpass/float", json={"naira": 0})
    sandbox.control(
        "POST", "/vtpass/variations", json={"serviceID": "spectranet", "removed": ["vt-1000"]}
    )

    sandbox.control("POST", "/reset")

    assert sandbox.policy() == first
    books = sandbox.vtpass_books()
    assert (books["purchases"], books["float_kobo"]) == ([], 1_000_000_00)
    path = "/service-variations?serviceID=spectranet"
    plans = sandbox.vtpass("GET", path).json()["content"]["variations"]
    assert [each["variation_code"] for each in plans] == ["vt-1000", "vt-5000"]


def test_the_float_can_be_set(sandbox):
    """What is set is what is left, whatever was bought before."""
    sandbox.buy()

    shown = sandbox.control("POST", "/vtpass/float", json={"naira": "250.00"})

    assert shown == {"float_kobo": 250_00}
    assert sandbox.vtpass("GET", "/balance").json()["contents"]["balance"] == 250


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/vtpass/policy", {"deliver": True}, 400),
        ("/vtpass/policy", {"force": [{"times": 1}]}, 400),
        ("/vtpass/purchases/unknown", {"status": "delivered"}, 404),
        ("/vtpass/purchases/unknown", {"status": "pending"}, 400),
        ("/vtpass/float", {"naira": -1}, 400),
        ("/vtpass/float", {}, 400),
        ("/vtpass/variations", {"serviceID": "mtn"}, 400),
        ("/vtpass/variations", {"serviceID": "mtn-data", "removed": ["none"]}, 400),
        ("/vtpass/variations", {"serviceID": "mtn-data", "added": [{"variation_code": "a"}]}, 400),
        ("/webhooks", {"vendor": "vtpass", "shape": "v3"}, 400),
        ("/faults", {"vendor": "vtpass", "endpoint": "payments", "kind": "reset"}, 400),
    ],
)
def test_a_wrong_control_call_is_refused(sandbox, path, body, status):
    """With a text that says what would be right."""
    assert sandbox.control("POST", path, json=body, status=status)["error"]


def test_a_killed_sandbox_remembers_and_still_delivers(
    start_sandbox, callbacks, tmp_path, request_id
):
    """With a journal, purchases, the float and owed callbacks outlive a kill."""
    options = (
        *("--journal", str(tmp_path / "journal")),
        *("--vtpass-callback-url", callbacks.url),
        *("--vtpass-float-naira", "5000.50"),
    )
    first = start_sandbox(*options)
    first.control("POST", "/webhooks", json={"vendor": "vtpass", "hold": True})
    first.buy(request_id, phone="201000000000")
    first.control("POST", f"/vtpass/purchases/{request_id}", json={"status": "delivered"})
    first.buy()
    books = first.vtpass_books()
    first.stop(kill=True)

    second = start_sandbox(*options)

    ((_, body),) = callbacks.wait_for(1)
    assert body["data"]["requestId"] == request_id
    assert second.vtpass_books() == books
    assert books["float_kobo"] == 5_000_50 - 2 * 482_50
    assert second.buy(request_id).json()["code"] == "014"
