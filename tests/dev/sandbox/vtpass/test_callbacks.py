"""VTpass's callbacks: when they are sent, and what VTpass counts as an acknowledgement."""

import pytest


@pytest.fixture
def pending(sandbox, request_id):
    """The request_id of a pending purchase of NGN 500."""
    sandbox.buy(request_id, phone="201000000000")
    return request_id


def outcomes(callbacks, count):
    """(request_id, code, inner status) of each callback."""
    return [
        (
            body["data"]["requestId"],
            body["data"]["code"],
            body["data"]["content"]["transactions"]["status"],
        )
        for _, body in callbacks.wait_for(count)
    ]


def test_an_immediate_outcome_sends_no_callback(sandbox):
    """Delivered and failed orders are known from the answer of pay."""
    sandbox.buy()
    sandbox.buy(phone="08030000000")

    assert sandbox.get_webhooks("vtpass")["deliveries"] == []


def test_a_pending_purchase_ends_with_a_callback(sandbox, callbacks, request_id):
    """After pending_s the callback arrives, without any signature in its headers."""
    sandbox.set_policy(pending_s=0.05)
    sandbox.buy(request_id, phone="201000000000")

    assert outcomes(callbacks, 1) == [(request_id, "000", "delivered")]
    [(headers, body)] = callbacks.wait_for(1)
    assert body["type"] == "transaction-update"
    assert {name.lower() for name in headers} == {
        "host", "accept", "accept-encoding", "content-type", "content-length", "connection",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("status", "code", "debited_kobo"),
    [("delivered", "000", 482_50), ("failed", "016", 0), ("reversed", "040", 0)],
)
def test_a_control_call_decides_a_purchase(sandbox, callbacks, pending, status, code, debited_kobo):
    """The purchase ends with its callback, and the float follows."""
    line = sandbox.decide_purchase(pending, status)

    assert (line["status"], line["debited_kobo"]) == (status, debited_kobo)
    assert outcomes(callbacks, 1) == [(pending, code, status)]
    assert sandbox.requery(pending).json()["code"] == code
    amount = callbacks.wait_for(1)[0][1]["data"]["amount"]
    assert amount == (482.5 if status == "reversed" else 500)  # a reversal shows the debit


def test_a_failure_can_be_delivered_later(sandbox, callbacks, request_id):
    """The callback says delivered, and the float is debited."""
    sandbox.buy(request_id, phone="08030000000")

    sandbox.decide_purchase(request_id, "delivered")

    assert outcomes(callbacks, 1) == [(request_id, "000", "delivered")]
    assert sandbox.get_vtpass_books()["debited_kobo"] == 482_50


def test_a_purchase_can_be_decided_without_a_callback(sandbox, pending):
    """With `callback: false` only a requery shows the outcome."""
    sandbox.decide_purchase(pending, "delivered", callback=False)

    assert sandbox.get_webhooks("vtpass")["deliveries"] == []
    assert sandbox.requery(pending).json()["content"]["transactions"]["status"] == "delivered"


@pytest.mark.parametrize("answer", [b'{"received":true}', b"\xff"])
def test_only_the_right_object_is_an_acknowledgement(sandbox, callbacks, pending, answer):
    """After any other answer, even with status 200, the callback is tried again."""
    callbacks.answers = [answer]

    sandbox.decide_purchase(pending, "delivered")

    deliveries = sandbox.wait_until_idle("vtpass")["deliveries"]
    assert [line["outcome"] for line in deliveries] == ["failed", "delivered"]


def test_a_callback_is_tried_six_times(sandbox, callbacks, pending):
    """After the first try and five more, always with the same body, the callback is given up."""
    callbacks.answers = [500] * 9

    sandbox.decide_purchase(pending, "delivered")

    deliveries = sandbox.wait_until_idle("vtpass")["deliveries"]
    assert [line["attempt"] for line in deliveries] == [1, 2, 3, 4, 5, 6]
    assert len({line["body"] for line in deliveries}) == 1


def test_callbacks_obey_the_webhook_policy(sandbox, callbacks, pending):
    """They can be duplicated, and held until a release sends the latest first."""
    sandbox.set_webhook_policy(vendor="vtpass", hold=True, duplicate=1)
    sandbox.decide_purchase(pending, "delivered")
    sandbox.decide_purchase(pending, "reversed")

    sandbox.control("POST", "/webhooks/release", json={"vendor": "vtpass"})

    statuses = [status for _, _, status in outcomes(callbacks, 4)]
    assert statuses == ["reversed", "reversed", "delivered", "delivered"]


def test_a_callback_can_be_unwrapped(sandbox, callbacks, pending):
    """With that shape the body has no object `data`."""
    sandbox.set_webhook_policy(vendor="vtpass", shape="unwrapped")

    sandbox.decide_purchase(pending, "delivered")

    [(_, body)] = callbacks.wait_for(1)
    assert (body["type"], body["requestId"]) == ("transaction-update", pending)
    assert "data" not in body


def test_changed_plans_send_a_callback(sandbox, callbacks):
    """The catalogue changes, and the callback names the added, updated and removed codes."""
    changes = {
        "serviceID": "mtn-data",
        "added": [{"variation_code": "mtn-7gb-2000", "name": "7GB - 7 days", "naira": "2000"}],
        "updated": [{"variation_code": "mtn-10mb-100", "naira": "120.50"}],
        "removed": ["mtn-50mb-200"],
    }

    shown = sandbox.control("POST", "/vtpass/variations", json=changes)["variations"]

    prices = {each["variation_code"]: each["variation_amount"] for each in shown}
    assert (prices["mtn-7gb-2000"], prices["mtn-10mb-100"]) == ("2000.00", "120.50")
    assert "mtn-50mb-200" not in prices
    [(_, body)] = callbacks.wait_for(1)
    assert (body["type"], body["serviceID"]) == ("variations-update", "mtn-data")
    assert body["actionRequired"] == {
        "added": {"total": 1, "variation_codes": ["mtn-7gb-2000"]},
        "updated": {"total": 1, "variation_codes": ["mtn-10mb-100"]},
        "removed": {"total": 1, "variation_codes": ["mtn-50mb-200"]},
    }
    order = {"billersCode": "08011111111", "variation_code": "mtn-10mb-100"}
    assert sandbox.buy(serviceID="mtn-data", **order).json()["amount"] == 120.5
