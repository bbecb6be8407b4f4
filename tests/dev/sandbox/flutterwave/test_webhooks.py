"""Flutterwave's webhooks: when they are sent, how often, and in which order."""

import base64
import hmac
from urllib.parse import parse_qsl

import pytest

from dev.sandbox.wire import loads


def statuses(received):
    return [body["data"]["status"] for _, body in received]


def fail_then_pay(sandbox):
    """Two webhooks about one link: failed, then successful."""
    link = sandbox.create_link()
    sandbox.press(link, "failed")
    sandbox.press(link)


def test_a_payment_sends_a_webhook_with_the_secret_hash(sandbox, receiver):
    """A success arrives as charge.completed, with the hash in its header."""
    transaction_id = sandbox.pay()

    ((headers, body),) = receiver.wait_for(1)

    assert headers["verif-hash"] == "hash-of-these-tests"
    assert headers["Content-Type"] == "application/json"
    assert (body["event"], body["event.type"]) == ("charge.completed", "CARD_TRANSACTION")
    assert (body["data"]["id"], body["data"]["tx_ref"]) == (transaction_id, "WLT-1")
    assert body["meta_data"] == {"deposit_id": "8c1f"}


@pytest.mark.parametrize("signature", ["flutterwave-signature", "both"])
def test_a_webhook_can_be_signed(sandbox, receiver, signature):
    """The signature is the HMAC of the raw body; the plain hash comes only with `both`."""
    sandbox.set_webhook_policy(signature=signature)
    sandbox.pay()

    ((headers, _),) = receiver.wait_for(1)

    [line] = sandbox.wait_until_idle()["deliveries"]
    digest = hmac.digest(b"hash-of-these-tests", line["body"].encode(), "sha256")
    assert headers["flutterwave-signature"] == base64.b64encode(digest).decode()
    assert ("verif-hash" in headers) == (signature == "both")


def test_a_webhook_can_be_a_form(sandbox, receiver):
    """With `form` the fields are sent as a form, the inner ones in brackets."""
    sandbox.set_webhook_policy(form=True)
    transaction_id = sandbox.pay()

    [line] = sandbox.wait_until_idle()["deliveries"]

    fields = dict(parse_qsl(line["body"], keep_blank_values=True))
    assert (fields["event"], fields["data[id]"]) == ("charge.completed", str(transaction_id))
    assert fields["data[customer][email]"] == "ada@example.com"


def test_the_legacy_shape_is_flat(sandbox, receiver):
    """With the legacy shape the body has no `event` and names the reference txRef."""
    sandbox.set_webhook_policy(shape="legacy")
    transaction_id = sandbox.pay()

    ((_, body),) = receiver.wait_for(1)

    assert (body["txRef"], body["id"], body["amount"]) == ("WLT-1", transaction_id, 7500)
    assert not {"event", "data", "tx_ref"} & set(body)


def test_only_status_200_ends_the_tries(sandbox, receiver):
    """After a failure and a redirect the same body is sent again, until a 200."""
    receiver.answers = [500, 302]
    sandbox.pay()

    received = receiver.wait_for(3)

    assert received[0][1] == received[1][1] == received[2][1]
    deliveries = sandbox.wait_until_idle()["deliveries"]
    assert [line["status"] for line in deliveries] == [500, 302, 200]


def test_a_webhook_is_tried_four_times(sandbox, receiver):
    """After the first try and three more the webhook is given up."""
    receiver.answers = [500] * 5
    sandbox.pay()

    deliveries = sandbox.wait_until_idle()["deliveries"]

    assert [line["attempt"] for line in deliveries] == [1, 2, 3, 4]
    assert {line["outcome"] for line in deliveries} == {"failed"}


def test_a_webhook_can_be_duplicated(sandbox, receiver):
    """With `duplicate` the same webhook arrives twice."""
    sandbox.set_webhook_policy(duplicate=1)
    sandbox.pay()

    first, second = receiver.wait_for(2)

    assert first[1] == second[1]
    assert sandbox.wait_until_idle()["counts"] == {"events": 1, "delivered": 2}


def test_held_webhooks_arrive_when_they_are_released(sandbox, receiver):
    """With `hold` webhooks wait; a release sends the latest first."""
    sandbox.set_webhook_policy(hold=True)
    fail_then_pay(sandbox)
    assert [each["state"] for each in sandbox.get_webhooks()["queue"]] == ["held", "held"]

    assert sandbox.control("POST", "/webhooks/release", json={}) == {"released": 2}

    assert statuses(receiver.wait_for(2)) == ["successful", "failed"]


def test_webhooks_can_be_reordered(sandbox, receiver):
    """With `reorder` each full batch arrives in reverse order."""
    sandbox.set_webhook_policy(reorder=2)
    fail_then_pay(sandbox)

    assert statuses(receiver.wait_for(2)) == ["successful", "failed"]


def test_a_webhook_can_be_dropped(sandbox, receiver):
    """With `drop` the next webhook is never sent, and the one after it arrives."""
    sandbox.set_webhook_policy(drop=1)
    fail_then_pay(sandbox)

    assert statuses(receiver.wait_for(1)) == ["successful"]
    state = sandbox.wait_until_idle()
    assert [line["outcome"] for line in state["deliveries"]] == ["dropped", "delivered"]
    assert state["counts"] == {"events": 2, "dropped": 1, "delivered": 1}


def test_without_an_address_webhooks_are_only_logged(sandbox):
    """With an empty url no webhook is sent and none waits."""
    sandbox.set_webhook_policy(url="")
    sandbox.pay()

    deliveries = sandbox.wait_until_idle()["deliveries"]

    assert [line["outcome"] for line in deliveries] == ["no webhook url"]


def test_a_webhook_can_be_sent_again(sandbox, receiver):
    """Resending repeats the webhook; an unknown id is the vendor's not-found."""
    transaction_id = sandbox.pay()

    answer = sandbox.api("POST", f"/transactions/{transaction_id}/resend-hook")

    assert answer.json() == {"status": "success", "message": "hook sent", "data": "hook sent"}
    first, second = receiver.wait_for(2)
    assert first[1] == second[1]
    assert sandbox.api("POST", "/transactions/1/resend-hook").status_code == 400


@pytest.mark.parametrize(
    ("status", "later"),
    [("pending", "failed"), ("failed", "successful")],
)
def test_an_attempt_can_be_decided_later(sandbox, receiver, status, later):
    """A control call decides a pending attempt, or pays a failed one, and sends the webhook."""
    transaction_id = sandbox.pay(outcome=status)
    sent = 0 if status == "pending" else 1
    receiver.wait_for(sent)  # two webhooks at the same time may overtake each other

    path = f"/flutterwave/transactions/{transaction_id}"
    shown = sandbox.control("POST", path, json={"status": later})["transaction"]

    assert shown["status"] == later
    assert statuses(receiver.wait_for(sent + 1))[sent:] == [later]
    verified = sandbox.api("GET", f"/transactions/{transaction_id}/verify").json()["data"]
    assert verified == shown


def test_a_successful_attempt_is_final(sandbox):
    """The control call refuses to change a successful attempt, and the books stay."""
    path = f"/flutterwave/transactions/{sandbox.pay()}"

    sandbox.control("POST", path, json={"status": "failed"}, status=409)

    assert sandbox.get_books()["total"] == 7_500_00


def test_kobo_arrive_exactly(sandbox, receiver):
    """An amount with kobo is the same decimal number in the webhook."""
    sandbox.pay(amount="8000.07")

    [line] = sandbox.wait_until_idle()["deliveries"]

    assert str(loads(line["body"])["data"]["amount"]) == "8000.07"
