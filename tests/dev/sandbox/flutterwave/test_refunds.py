"""Refunds and chargebacks at Flutterwave, and what they leave in the balance."""

import pytest


def balances(sandbox):
    books = sandbox.get_books()
    return books["balance_kobo"], books["ledger_balance_kobo"]


def control(sandbox, path, answer=200, /, **body):
    return sandbox.control("POST", f"/flutterwave{path}", json=body, status=answer)


def refund(sandbox, transaction_id, **body):
    return control(sandbox, f"/transactions/{transaction_id}/refunds", **body)["refund"]


def charge_back(sandbox, transaction_id, **body):
    return control(sandbox, f"/transactions/{transaction_id}/chargebacks", **body)["chargeback"]


def test_a_refund_of_the_dashboard_is_listed(sandbox):
    """A refund that the merchant's program did not ask for is in the list of its day."""
    first = refund(sandbox, sandbox.pay("WLT-1"), amount="500.50")
    second = refund(sandbox, sandbox.pay("WLT-2"), status="new", comments="dup")
    today = first["created_at"][:10]

    listed = sandbox.api("GET", f"/refunds?from={today}&to={today}").json()

    assert listed["data"] == [second, first]
    assert listed["meta"]["page_info"]["total"] == 2
    assert (first["amount_refunded"], first["status"]) == (500.5, "completed")
    assert (second["amount_refunded"], second["status"]) == (7500, "new")
    assert sandbox.api("GET", "/refunds?to=2020-01-01").json()["data"] == []


def test_a_failed_refund_gives_the_money_back(sandbox):
    """The balance is debited when the refund is made, and credited when it fails."""
    transaction_id = sandbox.pay()
    before = balances(sandbox)

    made = refund(sandbox, transaction_id, status="pending")
    after = balances(sandbox)
    control(sandbox, f"/refunds/{made['id']}", status="failed")

    assert after == tuple(kobo - 7_500_00 for kobo in before)
    assert balances(sandbox) == before
    assert [each["status"] for each in sandbox.get_books()["refunds"]] == ["failed"]
    assert refund(sandbox, transaction_id)["amount_refunded"] == 7500
    sandbox.control(
        "POST", f"/flutterwave/refunds/{made['id']}", json={"status": "completed"}, status=409
    )


def test_a_refund_needs_a_balance(sandbox):
    """A payment in dollars cannot be refunded whole: the fee is not in the balance."""
    transaction_id = sandbox.pay(currency="USD", amount="100")

    control(sandbox, f"/transactions/{transaction_id}/refunds", 400, amount=100)

    assert refund(sandbox, transaction_id, amount="98.49")["amount_refunded"] == 98.49


@pytest.mark.parametrize("webhook", ["bare", "event", "none"])
def test_the_webhook_of_a_refund_has_two_bodies(sandbox, receiver, webhook):
    """The bare object, an event with data, or no webhook at all."""
    transaction_id = sandbox.pay()
    receiver.wait_for(1)

    made = refund(sandbox, transaction_id, amount=500, webhook=webhook)

    events = [line["body"] for line in sandbox.wait_until_idle()["deliveries"]][1:]
    if webhook == "none":
        assert events == []
        return
    body = receiver.wait_for(2)[1][1]
    if webhook == "event":
        assert body == {"event": "refund.completed", "data": made}
    else:
        assert (body["id"], body["TransactionId"]) == (made["id"], transaction_id)
        assert (body["AmountRefunded"], body["status"]) == (500, "completed")


def test_the_policy_makes_refunds_wait(sandbox):
    """With the policy, a refund that the API asks for is new and not completed."""
    control(sandbox, "/refunds", status="new", webhook="none")

    answer = sandbox.api("POST", f"/transactions/{sandbox.pay()}/refund", json={})

    assert answer.json()["data"]["status"] == "new"


def test_a_chargeback_puts_a_lien_on_the_balance(sandbox):
    """The available balance falls and the ledger balance stays, until the bank decides."""
    transaction_id = sandbox.pay()
    available, ledger = balances(sandbox)

    raised = charge_back(sandbox, transaction_id, amount=5000)
    path = f"/chargebacks/{raised['id']}"

    assert (raised["status"], raised["tx_id"], raised["amount"]) == (
        "initiated",
        transaction_id,
        5000,
    )
    assert set(raised) == {
        *("id", "amount", "flw_ref", "status", "stage", "comment", "meta", "due_date"),
        *("settlement_id", "created_at", "tx_id"),
    }
    assert balances(sandbox) == (available - 5_000_00, ledger)
    control(sandbox, path, status="won")
    assert balances(sandbox) == (available, ledger)
    control(sandbox, path, status="lost")
    assert balances(sandbox) == (available - 5_000_00, ledger - 5_000_00)
    history = sandbox.api("GET", path).json()["data"]["meta"]["history"]
    assert [each["action"] for each in history] == ["initiated", "won", "lost"]


def test_the_merchant_answers_a_chargeback_once(sandbox):
    """Declined, it stays under its lien; a second answer and an unknown action are refused."""
    raised = charge_back(sandbox, sandbox.pay())
    path = f"/chargebacks/{raised['id']}"
    available, ledger = balances(sandbox)

    answers = [
        sandbox.api("PUT", path, json={"action": action, "comment": "delivered", "proof": "url"})
        for action in ("refuse", "decline", "accept")
    ]

    assert [answer.status_code for answer in answers] == [400, 200, 400]
    declined = answers[1].json()["data"]
    assert (declined["status"], declined["comment"]) == ("declined", "delivered")
    assert declined["meta"]["uploaded_proof"] == "url"
    assert balances(sandbox) == (available, ledger)


def test_an_accepted_chargeback_is_debited(sandbox):
    """The lien becomes a debit, and nothing is left to refund."""
    transaction_id = sandbox.pay()
    raised = charge_back(sandbox, transaction_id)
    available, ledger = balances(sandbox)

    sandbox.api("PUT", f"/chargebacks/{raised['id']}", json={"action": "accept"})

    assert balances(sandbox) == (available, ledger - 7_500_00)
    answer = sandbox.api("POST", f"/transactions/{transaction_id}/refund", json={"amount": 1})
    assert answer.status_code == 400


def test_a_chargeback_without_an_answer_is_lost(sandbox):
    """After the due date the amount is debited."""
    raised = charge_back(sandbox, sandbox.pay(), due_in_hours=2)

    sandbox.control("POST", "/clock", json={"advance_s": 7_201})

    assert sandbox.api("GET", f"/chargebacks/{raised['id']}").json()["data"]["status"] == "lost"
    assert [each["lien"] for each in sandbox.get_books()["chargebacks"]] == [0]


def test_chargebacks_are_listed(sandbox):
    """Flw_ref, status and days narrow the list."""
    first, second = (charge_back(sandbox, sandbox.pay(ref)) for ref in ("WLT-1", "WLT-2"))
    control(sandbox, f"/chargebacks/{second['id']}", status="won")

    def listed(query):
        data = sandbox.api("GET", f"/chargebacks?{query}").json()["data"]
        return [each["id"] for each in data]

    assert listed("") == [second["id"], first["id"]]
    assert listed(f"flw_ref={first['flw_ref']}") == [first["id"]]
    assert listed("status=won") == [second["id"]]
    assert listed("to=2020-01-01") == []


@pytest.mark.parametrize(
    ("webhook", "names"),
    [
        ("none", []),
        ("created", ["chargeback.created"]),
        ("each", ["chargeback.initiated", "chargeback.lost"]),
    ],
)
def test_chargebacks_send_webhooks_on_request(sandbox, receiver, webhook, names):
    """By default none; else one event when it is raised, or one for each status."""
    transaction_id = sandbox.pay()
    receiver.wait_for(1)
    control(sandbox, "/chargebacks", webhook=webhook)

    raised = charge_back(sandbox, transaction_id)
    receiver.wait_for(1 + bool(names))
    control(sandbox, f"/chargebacks/{raised['id']}", status="lost")

    sandbox.wait_until_idle()
    received = receiver.wait_for(1 + len(names))[1:]
    assert [body["event"] for _, body in received] == names


def test_only_a_successful_payment_is_charged_back(sandbox):
    """A failed attempt, and more than the payment, are refused."""
    paid, failed = sandbox.pay("WLT-1"), sandbox.pay("WLT-2", "failed")

    control(sandbox, f"/transactions/{failed}/chargebacks", 400)
    control(sandbox, f"/transactions/{paid}/chargebacks", 400, amount=7501)

    assert sandbox.get_books()["chargebacks"] == []
