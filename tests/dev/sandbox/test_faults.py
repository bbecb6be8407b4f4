"""Faults: each kind breaks the calls it is armed for, as often as asked."""

import threading
import time

import pytest
import requests


def refund(sandbox, transaction_id):
    return sandbox.api("POST", f"/transactions/{transaction_id}/refund", json={})


@pytest.mark.parametrize(
    ("kind", "status", "message"),
    [
        ("http_500", 500, "An error occurred. Please contact support"),
        ("http_429", 429, "Too many requests"),
        ("not_found", 400, "No transaction was found for this id"),
    ],
)
def test_flutterwave_answers_a_fault_in_its_own_envelope(sandbox, kind, status, message):
    """The endpoint fails as often as the fault is armed, then works again."""
    transaction_id = sandbox.pay()
    sandbox.arm_fault("flutterwave", "verify", kind, times=2)

    path = f"/transactions/{transaction_id}/verify"
    answers = [sandbox.api("GET", path) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [status, status, 200]
    assert answers[0].json() == {"status": "error", "message": message, "data": None}


@pytest.mark.parametrize(
    ("kind", "status", "text"),
    [
        ("http_500", 500, '{"code":"083","content":{"errors":[]}}'),
        ("http_429", 429, "Too Many Requests"),
    ],
)
def test_vtpass_answers_a_fault_in_its_own_envelope(sandbox, kind, status, text):
    """The first call fails, and the call after it works."""
    sandbox.arm_fault("vtpass", "balance", kind)

    answers = [sandbox.vtpass("GET", "/balance") for _ in range(2)]

    assert (answers[0].status_code, answers[0].text) == (status, text)
    assert answers[1].status_code == 200


def test_vtpass_knows_no_purchase_under_a_not_found_fault(sandbox, request_id):
    """A requery answers 015 although the purchase exists."""
    sandbox.buy(request_id)
    sandbox.arm_fault("vtpass", "requery", "not_found")

    assert sandbox.requery(request_id).json()["code"] == "015"
    assert sandbox.requery(request_id).json()["code"] == "000"


@pytest.mark.parametrize(
    ("kind", "recorded"),
    [("reset", 0), ("reset_after", 1), ("timeout_before", 0), ("timeout_after", 1)],
)
def test_only_the_after_faults_do_the_work(sandbox, kind, recorded):
    """The caller sees a broken connection; the vendor's books say whether the call took effect."""
    transaction_id = sandbox.pay()
    sandbox.arm_fault("flutterwave", "refund", kind, hang_s=0)
    sandbox.arm_fault("vtpass", "pay", kind, hang_s=0)

    with pytest.raises(requests.ConnectionError):
        refund(sandbox, transaction_id)
    with pytest.raises(requests.ConnectionError):
        sandbox.buy()

    assert len(sandbox.get_books()["refunds"]) == recorded
    assert len(sandbox.get_vtpass_books()["purchases"]) == recorded


def test_a_503_comes_after_the_work(sandbox):
    """The vendor's own timeout is a 503, although the refund and the purchase were made."""
    transaction_id = sandbox.pay()
    sandbox.arm_fault("flutterwave", "refund", "http_503_after")
    sandbox.arm_fault("vtpass", "pay", "http_503_after")

    answers = [refund(sandbox, transaction_id), sandbox.buy()]

    assert [answer.status_code for answer in answers] == [503, 503]
    assert len(sandbox.get_books()["refunds"]) == 1
    assert len(sandbox.get_vtpass_books()["purchases"]) == 1


def test_a_400_may_come_after_the_work_with_its_data(sandbox):
    """With `data` the error carries the transfer that was made; without it, data is null."""
    sandbox.arm_fault("flutterwave", "transfers", "http_400_after", message="Transfer failed")
    sandbox.arm_fault("flutterwave", "transfers", "http_400_after", data={"status": "FAILED"})

    answers = [sandbox.send_transfer("a"), sandbox.send_transfer("b")]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert answers[0].json() == {"status": "error", "message": "Transfer failed", "data": None}
    carried = answers[1].json()["data"]
    [made] = sandbox.list_transfers("b")
    assert (carried["id"], carried["status"], made["status"]) == (made["id"], "FAILED", "NEW")
    assert len(sandbox.list_transfers("a")) == 1


def test_a_malformed_answer_is_html(sandbox):
    """An HTML page comes instead of JSON, with 502 or 200, and the call took no effect."""
    sandbox.arm_fault("vtpass", "pay", "malformed")
    sandbox.arm_fault("vtpass", "pay", "malformed", status=200)

    answers = [sandbox.buy(), sandbox.buy()]

    assert [answer.status_code for answer in answers] == [502, 200]
    assert all(answer.headers["Content-Type"].startswith("text/html") for answer in answers)
    assert sandbox.get_vtpass_books()["purchases"] == []


def test_faults_match_in_the_order_they_were_armed(sandbox):
    """The first armed fault that matches is used first; `*` matches every endpoint."""
    sandbox.arm_fault("flutterwave", "*", "http_500", times=2)
    sandbox.arm_fault("flutterwave", "balances", "http_429")

    paths = ("/banks/NG", "/balances", "/balances", "/balances")
    statuses = [sandbox.api("GET", path).status_code for path in paths]

    assert statuses == [500, 500, 429, 200]


def test_clearing_faults_releases_calls_that_hang(sandbox):
    """A call made to hang for an hour ends as soon as the faults are cleared."""
    sandbox.arm_fault("flutterwave", "balances", "timeout_before", hang_s=3_600)
    errors = []

    def call():
        try:
            sandbox.api("GET", "/balances")
        except requests.ConnectionError as exc:
            errors.append(exc)

    caller = threading.Thread(target=call)
    caller.start()
    while not any(each["fault"] for each in sandbox.control("GET", "/calls")["calls"]):
        time.sleep(0.01)
    sandbox.control("DELETE", "/faults")
    caller.join(timeout=15)

    assert len(errors) == 1
    assert sandbox.api("GET", "/balances").status_code == 200
