import pytest

from dev.sandbox.wire import loads


def statuses(taken):
    return [body["data"]["status"] for _, body in taken]


def test_a_payment_is_told_with_the_secret_hash(sandbox, receiver):
    """A success arrives as charge.completed JSON with the hash in its header."""
    transaction_id = sandbox.pay()

    ((headers, body),) = receiver.wait_for(1)

    assert headers["verif-hash"] == "hash-of-these-tests"
    assert headers["Content-Type"] == "application/json"
    assert (body["event"], body["event.type"]) == ("charge.completed", "CARD_TRANSACTION")
    assert (body["data"]["id"], body["data"]["tx_ref"]) == (transaction_id, "WLT-1")
    assert body["meta_data"] == {"deposit_id": "8c1f"}


def test_only_200_ends_the_tries(sandbox, receiver):
    """A failure and a redirect are tried again, the same body each time, until a 200."""
    receiver.answers = [500, 302]
    sandbox.pay()

    taken = receiver.wait_for(3)
    state = sandbox.when_idle()

    assert taken[0][1] == taken[1][1] == taken[2][1]
    assert [line["status"] for line in state["deliveries"]] == [500, 302, 200]


def test_retries_end(sandbox, receiver):
    """After the first try and three more the event is given up."""
    receiver.answers = [500] * 5
    sandbox.pay()

    state = sandbox.when_idle()

    assert [line["attempt"] for line in state["deliveries"]] == [1, 2, 3, 4]
    assert {line["outcome"] for line in state["deliveries"]} == {"failed"}


def test_an_event_can_come_twice(sandbox, receiver):
    """With one duplicate asked for, the same event arrives two times."""
    sandbox.control("POST", "/webhooks", json={"duplicate": 1})
    sandbox.pay()

    first, second = receiver.wait_for(2)

    assert first[1] == second[1]
    assert sandbox.when_idle()["counts"] == {"events": 1, "delivered": 2}


def test_held_events_come_in_reverse_when_released(sandbox, receiver):
    """Held events wait, and a release sends the latest first."""
    sandbox.control("POST", "/webhooks", json={"hold": True})
    link = sandbox.link()
    sandbox.press(link, "failed")
    sandbox.press(link)
    assert [each["state"] for each in sandbox.webhooks()["queue"]] == ["held", "held"]

    released = sandbox.control("POST", "/webhooks/release", json={})

    assert released == {"released": 2}
    assert statuses(receiver.wait_for(2)) == ["successful", "failed"]


def test_a_full_batch_comes_in_reverse(sandbox, receiver):
    """With reordering on, every second event is delivered before the one it follows."""
    sandbox.control("POST", "/webhooks", json={"reorder": True})
    link = sandbox.link()
    sandbox.press(link, "failed")
    sandbox.press(link)

    assert statuses(receiver.wait_for(2)) == ["successful", "failed"]


def test_a_dropped_event_never_comes(sandbox, receiver):
    """The next event is dropped, and the one after it arrives."""
    sandbox.control("POST", "/webhooks", json={"drop": 1})
    link = sandbox.link()
    sandbox.press(link, "failed")
    sandbox.press(link)

    assert statuses(receiver.wait_for(1)) == ["successful"]
    state = sandbox.when_idle()
    assert [line["outcome"] for line in state["deliveries"]] == ["dropped", "delivered"]
    assert state["counts"] == {"events": 2, "dropped": 1, "delivered": 1}


def test_the_legacy_shape_can_be_asked_for(sandbox, receiver):
    """With the legacy shape the body is flat and names the reference txRef."""
    sandbox.control("POST", "/webhooks", json={"shape": "legacy"})
    sandbox.pay()

    ((_, body),) = receiver.wait_for(1)

    assert body["txRef"] == "WLT-1"
    assert "event" not in body


def test_a_wrong_hash_can_be_asked_for(sandbox, receiver):
    """The policy's hash is what the header carries."""
    sandbox.control("POST", "/webhooks", json={"secret_hash": "wrong"})
    sandbox.pay()

    ((headers, _),) = receiver.wait_for(1)

    assert headers["verif-hash"] == "wrong"


def test_a_hook_can_be_sent_again(sandbox, receiver):
    """Resending sends the same event once more; an unknown id is the vendor's not-found."""
    transaction_id = sandbox.pay()

    reply = sandbox.api("POST", f"/transactions/{transaction_id}/resend-hook")

    assert reply.json() == {"status": "success", "message": "hook sent", "data": "hook sent"}
    first, second = receiver.wait_for(2)
    assert first[1] == second[1]
    assert sandbox.api("POST", "/transactions/1/resend-hook").status_code == 400


def test_a_refund_is_told_without_a_wrapper(sandbox, receiver):
    """A refund arrives as the bare object, after the payment it belongs to."""
    transaction_id = sandbox.pay()
    receiver.wait_for(1)

    sandbox.api("POST", f"/transactions/{transaction_id}/refund", json={})

    body = receiver.wait_for(2)[1][1]
    assert (body["TransactionId"], body["AmountRefunded"]) == (transaction_id, 7500)


@pytest.mark.parametrize(
    ("status", "later"),
    [("pending", "successful"), ("pending", "failed"), ("failed", "successful")],
)
def test_an_attempt_settles_later(sandbox, receiver, status, later):
    """The control settles a pending attempt, or flips a failed one, and tells the merchant."""
    transaction_id = sandbox.pay(outcome=status)
    told = 0 if status == "pending" else 1
    receiver.wait_for(told)  # two at once may overtake each other

    shown = sandbox.control(
        "POST", f"/flutterwave/transactions/{transaction_id}", json={"status": later}
    )

    assert shown["transaction"]["status"] == later
    assert statuses(receiver.wait_for(told + 1))[told:] == [later]
    verified = sandbox.api("GET", f"/transactions/{transaction_id}/verify").json()
    assert verified["data"]["status"] == later


def test_a_success_is_final(sandbox):
    """The control refuses to change a successful attempt, and the books stay."""
    transaction_id = sandbox.pay()
    path = f"/flutterwave/transactions/{transaction_id}"

    sandbox.control("POST", path, json={"status": "failed"}, status=409)
    sandbox.control("POST", path, json={"status": "pending"}, status=400)

    assert sandbox.books()["total"] == 7_500_00


def test_any_body_can_be_sent_by_hand(sandbox, receiver):
    """A body of the test's choice goes out once, without the header when so asked."""
    line = sandbox.control(
        "POST", "/webhooks/send", json={"body": {"event": "test_assess"}, "secret_hash": None}
    )

    ((headers, body),) = receiver.wait_for(1)
    assert line["outcome"] == "delivered"
    assert body == {"event": "test_assess"}
    assert "verif-hash" not in headers


def test_fractions_arrive_exactly(sandbox, receiver):
    """A kobo amount is the same number in the body that was sent."""
    sandbox.control("POST", "/webhooks", json={"hold": True})
    sandbox.pay(amount="8000.07")
    sandbox.control("POST", "/webhooks/release", json={})

    line = sandbox.when_idle()["deliveries"][0]

    assert str(loads(line["body"])["data"]["amount"]) == "8000.07"
