"""The control endpoints that both vendors share: calls, clock, reset, webhooks sent by hand."""

import pytest


def test_calls_are_listed_by_reference(sandbox, request_id):
    """Each API call is listed with its endpoint, status and fault, under the merchant's id."""
    sandbox.arm_fault("flutterwave", "payments", "http_500")
    sandbox.request_link("WLT-1")
    sandbox.request_link("WLT-1")
    sandbox.request_link("WLT-2")
    sandbox.buy(request_id)
    sandbox.requery(request_id)

    def calls(reference):
        found = sandbox.control("GET", "/calls", params={"reference": reference})["calls"]
        return [(each["vendor"], each["endpoint"], each["status"], each["fault"]) for each in found]

    assert calls("WLT-1") == [
        ("flutterwave", "payments", 500, "http_500"),
        ("flutterwave", "payments", 200, None),
    ]
    assert calls(request_id) == [("vtpass", "pay", 200, None), ("vtpass", "requery", 200, None)]


def test_the_clock_moves_the_sandbox_forward(sandbox):
    """Later timestamps follow the clock, and a reset brings it back to real time."""
    before = sandbox.control("POST", "/clock", json={"advance_s": 0})["now"]

    after = sandbox.control("POST", "/clock", json={"advance_s": 86_400})["now"]

    assert after > before
    assert sandbox.pay() is not None
    assert sandbox.get_books()["collections"][0]["created_at"] >= after
    sandbox.control("POST", "/reset")
    assert sandbox.control("POST", "/clock", json={"advance_s": 0})["now"] < after


def test_a_reset_removes_everything(sandbox, request_id):
    """After a reset no payment, purchase, fault, webhook, call or changed policy is left."""
    policy = sandbox.set_policy()
    webhook_policy = sandbox.get_webhooks()["policy"] | {"url": ""}  # started without a url
    sandbox.set_webhook_policy(hold=True, shape="legacy")
    first_id = sandbox.pay(outcome="failed")
    sandbox.set_policy(deliver_any=True)
    sandbox.buy(request_id)
    sandbox.control("POST", "/vtpass/float", json={"naira": 0})
    removed = {"serviceID": "spectranet", "removed": ["vt-1000"], "callback": False}
    sandbox.control("POST", "/vtpass/variations", json=removed)
    sandbox.arm_fault("flutterwave", "*", "reset")

    sandbox.control("POST", "/reset")

    assert sandbox.get_books()["collections"] == []
    assert sandbox.get_vtpass_books()["purchases"] == []
    assert sandbox.get_vtpass_books()["float_kobo"] == 1_000_000_00
    assert sandbox.control("GET", "/faults") == {"faults": []}
    assert sandbox.control("GET", "/calls") == {"calls": []}
    state = sandbox.get_webhooks()
    assert (state["policy"], state["queue"]) == (webhook_policy, [])
    assert state["deliveries"] == []
    assert state["counts"] == {}
    assert sandbox.set_policy() == policy
    answer = sandbox.vtpass("GET", "/service-variations?serviceID=spectranet").json()
    codes = [each["variation_code"] for each in answer["content"]["variations"]]
    assert codes == ["vt-1000", "vt-5000"]
    assert sandbox.pay() > first_id


def test_a_body_sent_by_hand_arrives_once(sandbox, receiver, callbacks):
    """Any JSON body goes to the vendor's webhook address, and the answer says how it went."""
    line = sandbox.control("POST", "/webhooks/send", json={"body": {"event": "test_assess"}})
    sandbox.control("POST", "/webhooks/send", json={"vendor": "vtpass", "body": {"type": "x"}})

    assert (line["outcome"], line["status"]) == ("delivered", 200)
    [(headers, body)] = receiver.wait_for(1)
    assert body == {"event": "test_assess"}
    assert headers["verif-hash"] == "hash-of-these-tests"
    assert callbacks.wait_for(1)[0][1] == {"type": "x"}


def test_a_recorded_webhook_can_be_sent_again_as_text(sandbox, receiver):
    """The text of a delivery, sent as `raw`, arrives as the same webhook."""
    sandbox.pay()
    receiver.wait_for(1)
    [delivery] = sandbox.wait_until_idle()["deliveries"]

    sandbox.control("POST", "/webhooks/send", json={"raw": delivery["body"]})

    first, second = receiver.wait_for(2)
    assert first[1] == second[1]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/faults", {"vendor": "vtpass", "endpoint": "payments", "kind": "reset"}, 400),
        ("/webhooks", {"retry": 1}, 400),
        ("/clock", {"advance_s": -1}, 400),
        ("/vtpass/policy", {"deliver": True}, 400),
        ("/vtpass/purchases/unknown", {"status": "delivered"}, 404),
        ("/vtpass/variations", {"serviceID": "mtn-data", "removed": ["none"]}, 400),
    ],
)
def test_a_wrong_control_call_is_refused(sandbox, path, body, status):
    """A misspelt or impossible value is refused with a text, and changes nothing."""
    before = (sandbox.get_webhooks()["policy"], sandbox.set_policy())

    assert sandbox.control("POST", path, json=body, status=status)["error"]

    assert (sandbox.get_webhooks()["policy"], sandbox.set_policy()) == before
    assert sandbox.control("GET", "/faults") == {"faults": []}
