"""What VTpass tells by itself, and when it believes that it was heard."""

import pytest


@pytest.fixture
def pending(sandbox, request_id):
    sandbox.buy(request_id, phone="201000000000")
    return request_id


def decide(sandbox, request_id, status, **options):
    return sandbox.control(
        "POST", f"/vtpass/purchases/{request_id}", json={"status": status, **options}
    )["purchase"]


def told(callbacks, count):
    """(request_id, code, inner status) of each callback."""
    return [
        (
            body["data"]["requestId"],
            body["data"]["code"],
            body["data"]["content"]["transactions"]["status"],
        )
        for _, body in callbacks.wait_for(count)
    ]


def test_a_purchase_that_ends_at_once_is_not_told(sandbox, callbacks):
    """Delivered and failed orders have had their answer."""
    sandbox.buy()
    sandbox.buy(phone="08030000000")

    assert sandbox.webhooks("vtpass")["deliveries"] == []


def test_a_pending_purchase_ends_by_itself_and_is_told(sandbox, callbacks, request_id):
    """Nobody needs to ask; the callback carries no signature."""
    sandbox.policy(pending_s=0.05)
    sandbox.buy(request_id, phone="201000000000")

    assert told(callbacks, 1) == [(request_id, "000", "delivered")]
    [(headers, body)] = callbacks.wait_for(1)
    assert body["type"] == "transaction-update"
    assert {name.lower() for name in headers} == {
        "host", "accept", "accept-encoding", "content-type", "content-length", "connection",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("status", "code", "debited"),
    [("delivered", "000", 482_50), ("failed", "016", 0), ("reversed", "040", 0)],
)
def test_a_control_decides_a_pending_purchase(sandbox, callbacks, pending, status, code, debited):
    """At once, with its callback; the float follows."""
    line = decide(sandbox, pending, status)

    assert (line["status"], line["debited_kobo"]) == (status, debited)
    assert told(callbacks, 1) == [(pending, code, status)]
    assert sandbox.requery(pending).json()["code"] == code


def test_a_delivery_can_be_reversed(sandbox, callbacks, request_id):
    """040, the amount that came back, and the credit's reference."""
    sandbox.buy(request_id)

    decide(sandbox, request_id, "reversed")

    [(_, body)] = callbacks.wait_for(1)
    data = body["data"]
    assert (data["code"], data["response_description"]) == ("040", "TRANSACTION REVERSAL TO WALLET")
    assert (data["requestId"], data["amount"]) == (request_id, 482.5)
    assert data["content"]["transactions"]["wallet_credit_id"].isdigit()
    assert sandbox.vtpass_books()["float_kobo"] == 1_000_000_00


def test_a_failure_can_be_delivered_after_all(sandbox, callbacks, request_id):
    """Whoever trusted the failure is told, and the float is debited."""
    sandbox.buy(request_id, phone="08030000000")

    decide(sandbox, request_id, "delivered")

    assert told(callbacks, 1) == [(request_id, "000", "delivered")]
    assert sandbox.vtpass_books()["debited_kobo"] == 482_50


def test_a_decision_may_be_silent(sandbox, pending):
    """Then only a requery tells."""
    decide(sandbox, pending, "delivered", callback=False)

    assert sandbox.webhooks("vtpass")["deliveries"] == []
    assert sandbox.requery(pending).json()["code"] == "000"


@pytest.mark.parametrize(
    "answer", [b"", b'{"received":true}', b"success", b'{"response":"Success"}', b"\xff", b"[]"]
)
def test_only_the_right_words_are_an_acknowledgement(sandbox, callbacks, pending, answer):
    """Any other answer, although it is a 200, is followed by another try."""
    callbacks.answers = [answer]

    decide(sandbox, pending, "delivered")

    state = sandbox.when_idle("vtpass")
    assert [(line["status"], line["outcome"]) for line in state["deliveries"]] == [
        (200, "failed"),
        (200, "delivered"),
    ]


def test_an_acknowledgement_may_have_spaces(sandbox, callbacks, pending):
    """It is JSON, not a text."""
    callbacks.answers = [b'{\n  "response": "success"\n}']

    decide(sandbox, pending, "delivered")

    assert len(sandbox.when_idle("vtpass")["deliveries"]) == 1


def test_a_callback_is_repeated_five_times_and_given_up(sandbox, callbacks, pending):
    """Six tries in all, the same body each time."""
    callbacks.answers = [500] * 9

    decide(sandbox, pending, "delivered")

    state = sandbox.when_idle("vtpass")
    assert [line["attempt"] for line in state["deliveries"]] == [1, 2, 3, 4, 5, 6]
    assert len({line["body"] for line in state["deliveries"]}) == 1


def test_callbacks_follow_the_same_controls_as_webhooks(sandbox, callbacks, pending):
    """They can be doubled, and held until they are released, the latest first."""
    sandbox.control("POST", "/webhooks", json={"vendor": "vtpass", "hold": True, "duplicate": 1})
    decide(sandbox, pending, "delivered")
    decide(sandbox, pending, "reversed")

    sandbox.control("POST", "/webhooks/release", json={"vendor": "vtpass"})

    assert [status for _, _, status in told(callbacks, 4)] == [
        "reversed", "reversed", "delivered", "delivered",
    ]  # fmt: skip


def test_a_body_may_be_unwrapped(sandbox, callbacks, pending):
    """With that shape there is no object data."""
    sandbox.control("POST", "/webhooks", json={"vendor": "vtpass", "shape": "unwrapped"})

    decide(sandbox, pending, "delivered")

    [(_, body)] = callbacks.wait_for(1)
    assert (body["type"], body["requestId"]) == ("transaction-update", pending)
    assert "data" not in body


def test_any_body_can_be_sent_by_hand(sandbox, callbacks):
    """Once, to the vendor's own address."""
    line = sandbox.control(
        "POST", "/webhooks/send", json={"vendor": "vtpass", "body": {"type": "made-up"}}
    )

    assert line["outcome"] == "delivered"
    assert callbacks.wait_for(1)[0][1] == {"type": "made-up"}


def test_changed_plans_are_told(sandbox, callbacks):
    """The catalogue is another at once, and the callback names what changed."""
    changes = {
        "serviceID": "mtn-data",
        "added": [{"variation_code": "mtn-7gb-2000", "name": "7GB - 7 days", "naira": "2000"}],
        "updated": [{"variation_code": "mtn-10mb-100", "naira": "120.50"}],
        "removed": ["mtn-50mb-200"],
    }

    sandbox.control("POST", "/vtpass/variations", json=changes)

    path = "/service-variations?serviceID=mtn-data"
    plans = sandbox.vtpass("GET", path).json()["content"]["variations"]
    prices = {each["variation_code"]: each["variation_amount"] for each in plans}
    assert (prices["mtn-7gb-2000"], prices["mtn-10mb-100"]) == ("2000.00", "120.50")
    assert "mtn-50mb-200" not in prices
    [(_, body)] = callbacks.wait_for(1)
    assert (body["type"], body["serviceID"]) == ("variations-update", "mtn-data")
    assert body["actionRequired"] == {
        "added": {"total": 1, "variation_codes": ["mtn-7gb-2000"]},
        "updated": {"total": 1, "variation_codes": ["mtn-10mb-100"]},
        "removed": {"total": 1, "variation_codes": ["mtn-50mb-200"]},
    }
    bought = sandbox.buy(
        serviceID="mtn-data", billersCode="08011111111", variation_code="mtn-10mb-100"
    )
    assert bought.json()["amount"] == 120.5
