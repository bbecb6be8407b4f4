import threading
import time

import pytest
import requests


def arm(sandbox, endpoint, kind, **options):
    sandbox.control(
        "POST",
        "/faults",
        json={"vendor": "flutterwave", "endpoint": endpoint, "kind": kind, **options},
    )


@pytest.mark.parametrize(
    ("kind", "status", "message"),
    [
        ("http_500", 500, "An error occurred. Please contact support"),
        ("http_429", 429, "Too many requests"),
        ("not_found", 400, "No transaction was found for this id"),
    ],
)
def test_a_fault_is_answered_in_the_vendors_words(sandbox, kind, status, message):
    """The armed endpoint fails as often as asked, in the vendor's envelope, then works again."""
    transaction_id = sandbox.pay()
    arm(sandbox, "verify", kind, times=2)

    path = f"/transactions/{transaction_id}/verify"
    replies = [sandbox.api("GET", path) for _ in range(3)]

    assert [reply.status_code for reply in replies] == [status, status, 200]
    assert replies[0].json() == {"status": "error", "message": message, "data": None}


@pytest.mark.parametrize(
    ("kind", "recorded"),
    [("reset", 0), ("reset_after", 1), ("timeout_before", 0), ("timeout_after", 1)],
)
def test_a_lost_answer_may_hide_a_success(sandbox, kind, recorded):
    """The caller sees a broken connection; only the *_after kinds did the work before it."""
    transaction_id = sandbox.pay()
    arm(sandbox, "refund", kind, hang_s=0)

    with pytest.raises(requests.ConnectionError):
        sandbox.api("POST", f"/transactions/{transaction_id}/refund", json={})

    assert len(sandbox.books()["refunds"]) == recorded


def test_a_503_comes_after_the_work(sandbox):
    """The vendor's own timeout is a 503, although the refund was made."""
    transaction_id = sandbox.pay()
    arm(sandbox, "refund", "http_503_after")

    reply = sandbox.api("POST", f"/transactions/{transaction_id}/refund", json={})

    assert reply.status_code == 503
    assert len(sandbox.books()["refunds"]) == 1


@pytest.mark.parametrize("status", [200, 502])
def test_a_malformed_answer_is_html(sandbox, status):
    """A proxy's page comes instead of JSON, and nothing was done."""
    arm(sandbox, "payments", "malformed", status=status)

    reply = sandbox.ask_for_link()

    assert reply.status_code == status
    assert reply.headers["Content-Type"].startswith("text/html")


def test_a_star_hits_every_endpoint(sandbox):
    """Both verify endpoints, and any other, are hit by one fault."""
    transaction_id = sandbox.pay()
    arm(sandbox, "*", "http_500", times=3)

    replies = [
        sandbox.api("GET", f"/transactions/{transaction_id}/verify"),
        sandbox.api("GET", "/transactions/verify_by_reference?tx_ref=WLT-1"),
        sandbox.api("GET", "/balances"),
        sandbox.api("GET", "/balances"),
    ]

    assert [reply.status_code for reply in replies] == [500, 500, 500, 200]


def test_an_unknown_endpoint_cannot_be_armed(sandbox):
    """The refusal names every endpoint there is, once."""
    wanted = {"endpoint": "giveaways", "kind": "reset"}

    error = sandbox.control("POST", "/faults", json=wanted, status=400)["error"]

    assert error.partition("allowed: ")[2].split(", ") == [
        "*",
        "balances",
        "banks",
        "disable_link",
        "fee",
        "payments",
        "refund",
        "refunds",
        "resend_hook",
        "resolve",
        "transactions",
        "transfer",
        "transfer_fee",
        "transfers",
        "transfers_list",
        "verify",
        "verify_by_reference",
    ]
    assert sandbox.control("GET", "/faults") == {"faults": []}


def test_clearing_lets_go_of_calls_that_hang(sandbox):
    """A call made to hang for an hour ends as soon as the faults are cleared."""
    arm(sandbox, "balances", "timeout_before", hang_s=3_600)
    ended = []

    def call():
        try:
            sandbox.api("GET", "/balances")
        except requests.ConnectionError as exc:
            ended.append(exc)

    caller = threading.Thread(target=call)
    caller.start()
    while not any(each["fault"] for each in sandbox.control("GET", "/calls")["calls"]):
        time.sleep(0.01)
    sandbox.control("DELETE", "/faults")
    caller.join(timeout=15)

    assert len(ended) == 1
