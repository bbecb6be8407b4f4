import pytest


def test_the_books_show_what_was_paid(sandbox):
    """Totals are integer kobo of successful naira, for all payments or for one."""
    paid = sandbox.pay("WLT-1")
    sandbox.pay("WLT-2", amount="100.50")
    sandbox.pay("WLT-3", "failed")

    every, one = sandbox.books(), sandbox.books("WLT-1")

    assert every["totals_by_tx_ref"] == {"WLT-1": 7_500_00, "WLT-2": 100_50}
    assert every["total"] == 7_600_50
    assert [each["id"] for each in one["collections"]] == [paid]
    assert one["totals_by_tx_ref"] == {"WLT-1": 7_500_00}


def test_calls_are_logged_by_reference(sandbox):
    """Each API call is remembered with its endpoint, status and fault."""
    sandbox.control("POST", "/faults", json={"endpoint": "payments", "kind": "http_500"})
    sandbox.ask_for_link("WLT-1")
    sandbox.ask_for_link("WLT-1")
    sandbox.ask_for_link("WLT-2")

    calls = sandbox.control("GET", "/calls", params={"reference": "WLT-1"})["calls"]

    assert [(each["endpoint"], each["status"], each["fault"]) for each in calls] == [
        ("payments", 500, "http_500"),
        ("payments", 200, None),
    ]


def test_a_reset_forgets_everything(sandbox):
    """After a reset no payment, link, fault, event, call or policy is left."""
    link = sandbox.link()
    fresh_policy = sandbox.webhooks()["policy"]
    sandbox.control("POST", "/webhooks", json={"hold": True, "shape": "legacy"})
    first_id = sandbox.press(link, "failed").json()["transaction_id"]
    sandbox.control("POST", "/faults", json={"kind": "reset"})

    sandbox.control("POST", "/reset")

    assert sandbox.books()["collections"] == []
    assert sandbox.press(link).status_code == 404
    assert sandbox.control("GET", "/faults") == {"faults": []}
    assert sandbox.control("GET", "/calls") == {"calls": []}
    state = sandbox.webhooks()
    assert (state["policy"], state["queue"], state["deliveries"]) == (fresh_policy, [], [])
    assert state["counts"] == {}
    assert sandbox.pay() > first_id


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/webhooks", {"vendor": "another"}),
        ("/webhooks", {"retry": 1}),
        ("/webhooks/send", {}),
        ("/webhooks/send", {"body": {}, "raw": ""}),
        ("/clock", {"advance_s": -1}),
        ("/flutterwave/transactions/1", {"status": "successful"}),
    ],
)
def test_a_wrong_control_call_is_refused(sandbox, path, body):
    """Control endpoints answer what cannot be meant with 400 and a text."""
    assert sandbox.control("POST", path, json=body, status=400)["error"]
