"""`manage.py inspect`: one transaction of each kind, whole, and what happens to it next."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from payflow.kernel import clock
from tests.support.airtime import purchase_update, reference_in
from tests.support.customer import PENDING
from tests.support.locks import lock
from tests.support.networks import Networks
from tests.support.people import Customer, deliver, deliver_callback
from tests.support.queries import Queries
from tests.support.staging import FIRST_ACCOUNT, asked_to_withdraw
from tests.support.vendor import Vendor, charge, disbursed
from wallets import house
from wallets.inbox import services as inbox
from wallets.inbox.documents import WebhookEvent
from wallets.ledger.documents import Transaction
from wallets.oversight import inspection
from wallets.review import services as review
from wallets.review.documents import ReviewCase
from wallets.review.kinds import describe
from wallets.withdrawals import services as withdrawals

pytestmark = pytest.mark.usefixtures("db")
MASKED = "******0031"


@pytest.fixture(autouse=True)
def quiet_vendors(vendor: Vendor) -> None:
    """Nothing comes by itself, and the test decides transfers and purchases."""
    vendor.webhooks(drop=1000)
    vendor.transfers(outcome="pending")
    networks = Networks(vendor)
    networks.callbacks(drop=1000)
    networks.behave(duplicate_window_s=0)


@pytest.fixture
def rich(customer: Customer) -> Customer:
    customer.receive("10000.00")
    return customer


def look(name: str) -> str:
    """What the command prints, with every run of spaces made one."""
    out = StringIO()
    call_command("inspect", name, stdout=out)
    assert max(len(line) for line in out.getvalue().splitlines()) <= 120
    return " ".join(out.getvalue().split())


def read(name: str) -> dict[str, Any]:
    """What a program reads."""
    out = StringIO()
    call_command("inspect", name, "--json", stdout=out)
    return json.loads(out.getvalue())


def steps(name: str) -> str:
    return " ".join(step["sentence"] for step in read(name)["next_steps"])


def sent(customer: Customer) -> str:
    """The reference of a withdrawal that the vendor has and has not decided."""
    reference = asked_to_withdraw(customer)
    withdrawals.send(reference=reference, now=clock.now())
    return reference


def decided(customer: Customer, vendor: Vendor, status: str) -> str:
    """The reference of a withdrawal that ended like this."""
    reference = sent(customer)
    ends(reference, vendor, status)
    return reference


def ends(reference: str, vendor: Vendor, status: str) -> None:
    vendor.end_transfer(reference, status)
    [payout] = vendor.payouts(reference)
    work_on(disbursed(payout["id"], reference, status))


def work_on(body: bytes) -> None:
    """A webhook of Flutterwave's is received and processed."""
    assert deliver(body).status_code == 200
    process_newest()


def process_newest() -> None:
    event = WebhookEvent.objects.order_by("-pk").first()
    inbox.process(event_id=event.pk, now=clock.now())


# --- Fundings ---------------------------------------------------------------------------------


def test_a_pending_funding_names_the_end_of_its_page(customer: Customer) -> None:
    """The page's end and the requery at that time; the payment link is a secret."""
    funding = customer.fund()
    reference = funding["tx_ref"]

    said = look(reference)

    assert said.startswith(f"{reference} FUNDING PENDING amount ₦1,500.00 (150000 kobo)")
    assert customer.email in said
    assert str(customer.wallet.pk) in said
    assert "The payment page closes at " in said
    assert " in Lagos (in 29 minutes). A sweep requeries it at " in said
    assert "Ledger entries: none Webhook events: none Review cases: none" in said
    assert funding["link"] not in said + json.dumps(read(reference))


def test_a_funding_whose_request_died_has_no_page(customer: Customer) -> None:
    """Without a stored link the customer cannot pay."""
    reference = customer.fund()["tx_ref"]
    Transaction.objects(reference=reference).update_one(unset__link=1)

    assert steps(reference).startswith("No link to a payment page is stored")


def test_a_credited_funding_shows_its_entry_and_its_event(
    customer: Customer, vendor: Vendor
) -> None:
    """History, entry and event, each on its line; nothing more happens."""
    funding = customer.fund()
    work_on(charge(vendor.pay(funding["link"]), funding["tx_ref"]))

    said, found = look(funding["tx_ref"]), read(funding["tx_ref"])

    account = f"wallet:{customer.wallet.pk}"
    assert f"1 gateway:flutterwave {account} ₦1,500.00 ₦1,500.00" in said
    assert [(line["revision"], line["status"], line["source"]) for line in found["history"]] == [
        (1, "PENDING", "api"),
        (2, "SUCCESS", "webhook"),
    ]
    assert found["history"][1]["balance_kobo"] == found["amount_kobo"] == 1500_00
    [event] = found["events"]
    assert (event["status"], event["attempts"], event["last_error"]) == ("PROCESSED", 1, None)
    assert steps(funding["tx_ref"]) == "Nothing: it is final."


def test_an_event_that_failed_is_found_by_its_body(customer: Customer, vendor: Vendor) -> None:
    """A DEAD event does not name its transaction yet, and is shown with its error all the same."""
    funding = customer.fund()
    deliver(charge(vendor.pay(funding["link"]), funding["tx_ref"]))
    event = WebhookEvent.objects.order_by("-pk").first()
    due = clock.now() + timedelta(minutes=5)
    inbox.record_failure(event_id=event.pk, error="no answer", next_attempt_at=due)
    retried = steps(funding["tx_ref"])
    inbox.record_failure(event_id=event.pk, error="no answer", next_attempt_at=None)

    [line] = read(funding["tx_ref"])["events"]

    assert f"A worker processes the webhook event {event.pk}" in retried
    assert (line["status"], line["attempts"], line["last_error"]) == ("DEAD", 2, "no answer")
    assert f"A person must replay the DEAD webhook event {event.pk}." in steps(funding["tx_ref"])


def test_too_many_unfinished_events_are_said_to_be_too_many(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the newest are searched, and the output says so."""
    monkeypatch.setattr(inspection, "MAX_EVENTS", 1)
    for number in range(2):
        deliver(json.dumps({"number": number, "customer": customer.email}).encode())

    said = look(customer.fund()["tx_ref"])

    assert "There are too many unfinished webhook events: only the newest were read." in said


def test_an_overpaid_funding_shows_its_case_with_the_sentence(
    customer: Customer, vendor: Vendor
) -> None:
    """Kind, sentence and evidence; a person must decide until the case is closed."""
    funding = customer.fund()
    work_on(charge(vendor.pay(funding["link"], amount="2000"), funding["tx_ref"]))

    said, before = look(funding["tx_ref"]), steps(funding["tx_ref"])
    [case] = ReviewCase.objects(transaction=funding["tx_ref"])
    review.close_case(
        case_id=case.pk, closed_by="ada", resolution="Asked the bank.", now=clock.now()
    )

    assert f"{case.pk} overpaid OPEN" in said
    assert "paid_kobo 200000, requested_kobo 150000" in said
    assert read(funding["tx_ref"])["cases"][0]["sentence"] == describe("overpaid")
    assert before == "A person must decide: it has an open review case."
    assert steps(funding["tx_ref"]) == "Nothing: it is final."


def test_an_expired_funding_may_still_be_paid(customer: Customer) -> None:
    """FAILED is not the end of a funding: a late payment is credited."""
    reference = customer.fund()["tx_ref"]
    Transaction.objects(reference=reference).update_one(
        set__status="FAILED", unset__next_check_at=1
    )

    assert steps(reference) == "Nothing, unless a payment arrives after all. Then it is credited."


# --- Withdrawals ------------------------------------------------------------------------------


def test_a_held_withdrawal_is_sent_by_a_sweep(rich: Customer) -> None:
    """Its task was lost before it was sent: the sweep's time is named."""
    reference = asked_to_withdraw(rich)

    said = look(reference)

    assert "fee ₦10.75 (1075 kobo)" in said
    assert "held ₦1,010.75" in said
    assert "A sweep sends it at " in said


def test_a_sent_withdrawal_shows_when_and_the_vendors_id(rich: Customer) -> None:
    """It is requeried, and the account number shows four digits, wherever it stands."""
    reference = sent(rich)
    Transaction.objects(reference=reference).update_one(
        set__order__narration=f"for {FIRST_ACCOUNT}",
        set__vendor_reason=f"{FIRST_ACCOUNT} is slow",
    )

    said, found = look(reference), read(reference)

    assert found["sent_at"]
    assert f"flutterwave, id {found['vendor_id']}" in said
    assert "A sweep requeries it at " in said
    assert found["order"]["account_number"] == MASKED
    assert found["order"]["narration"] == f"for {MASKED}"
    assert f"{MASKED} is slow" in said
    assert FIRST_ACCOUNT not in said + json.dumps(found)


def test_a_sweep_that_is_late_is_named_as_late(rich: Customer) -> None:
    """Due for long: the operator is sent to beat and the worker."""
    reference = sent(rich)
    long_ago = clock.now() - timedelta(hours=2)
    Transaction.objects(reference=reference).update_one(set__next_check_at=long_ago)

    said = steps(reference)

    assert said.startswith("The next sweep requeries it. It has been due since ")
    assert said.endswith("(2 hours ago). Sweeps are late: check that beat and a worker run.")


def test_a_failed_withdrawal_says_why(rich: Customer, vendor: Vendor) -> None:
    """The customer's sentence and the vendor's words; no entry; a sweep asks once more."""
    reference = decided(rich, vendor, "FAILED")

    found = read(reference)

    assert found["status"] == "FAILED"
    assert found["reason"]
    assert found["entries"] == []
    assert steps(reference).startswith("It is final. A sweep asks the vendor once more at ")
    assert steps(reference).endswith(" in Lagos (in 59 minutes).")
    Transaction.objects(reference=reference).update_one(unset__recheck_at=1)
    assert steps(reference) == "Nothing: it is final."


def test_a_reversed_withdrawal_names_its_reversal_and_back(rich: Customer, vendor: Vendor) -> None:
    """Each of the two names the other, and the case keeps both open for a person."""
    reference = decided(rich, vendor, "SUCCESSFUL")
    ends(reference, vendor, "FAILED")
    reversal = Transaction.objects.get(reverses=reference).reference

    there, back = read(reference), read(reversal)
    [case] = ReviewCase.objects(transaction=reference)
    review.close_case(
        case_id=case.pk, closed_by="ada", resolution="Asked the bank.", now=clock.now()
    )

    assert [(each["relation"], each["reference"]) for each in there["related"]] == [
        ("reversed by", reversal)
    ]
    assert [(each["relation"], each["reference"]) for each in back["related"]] == [
        ("reverses", reference)
    ]
    assert len(there["events"]) == 2
    assert len(back["entries"]) == 2
    assert steps(reference).startswith(
        f"It is final, and changed afterwards by {reversal}. A sweep"
    )
    assert steps(reversal) == "Nothing: it is final."


def test_a_locked_wallet_is_shown_with_its_lock(rich: Customer) -> None:
    """Who locked it, why, and until when."""
    reference = sent(rich)
    lock(rich.wallet.pk, reason="Asked by phone.")

    assert "locked by ada (staff): Asked by phone. It does not expire." in look(reference)


# --- Purchases --------------------------------------------------------------------------------


def test_a_pending_purchase_is_found_by_its_request_id(rich: Customer) -> None:
    """The request id serves as well as our reference; a callback about it is listed."""
    reference = reference_in(rich.buy(PENDING))
    request_id = rich.transaction(reference).vendor_id
    deliver_callback(purchase_update(request_id))

    found = read(request_id)

    assert found["reference"] == reference
    assert found["order"]["phone"] == PENDING
    assert [event["status"] for event in found["events"]] == ["RECEIVED"]
    assert "A sweep requeries it at " in steps(reference)


def test_a_purchase_that_was_never_sent_is_released_by_a_sweep(rich: Customer) -> None:
    """Its request died before the vendor was called."""
    reference = reference_in(rich.buy(PENDING))
    Transaction.objects(reference=reference).update_one(unset__vendor_id=1, unset__sent_at=1)

    assert "A sweep releases its hold at " in steps(reference)


def test_a_purchase_that_was_handed_over_waits_for_a_person(rich: Customer) -> None:
    """It has an open case and no time at which a sweep looks at it."""
    reference = reference_in(rich.buy(PENDING))
    Transaction.objects(reference=reference).update_one(
        unset__next_check_at=1, set__needs_review=True
    )
    ReviewCase(
        kind="outcome_unknown", transaction=reference, created_at=clock.now(), evidence={}
    ).save()

    assert steps(reference) == (
        "A person must decide: it has an open review case. "
        "No sweep looks at it. Staff can requery it in the admin."
    )


def give_own_vendor_id(reference: str) -> str:
    """The sandbox counts from the same number after each reset, and tests share a database."""
    vendor_id = f"own-{reference}"
    Transaction.objects(reference=reference).update_one(set__vendor_id=vendor_id)
    Transaction.objects(reverses=reference).update_one(set__vendor_id=vendor_id)
    return vendor_id


# --- Names ------------------------------------------------------------------------------------


def test_the_vendors_id_of_a_withdrawal_finds_it_and_not_its_reversal(
    rich: Customer, vendor: Vendor
) -> None:
    """A REVERSAL repeats the id; the first transaction is meant."""
    reference = decided(rich, vendor, "SUCCESSFUL")
    ends(reference, vendor, "FAILED")

    assert read(give_own_vendor_id(reference))["reference"] == reference


def test_a_vendor_id_of_two_transactions_names_both(rich: Customer) -> None:
    """A payment and a transfer may have the same number: the operator chooses."""
    references = [rich.fund()["tx_ref"], sent(rich)]
    for reference in references:
        Transaction.objects(reference=reference).update_one(set__vendor_id=f"same-{rich.user.pk}")

    with pytest.raises(CommandError, match="Several transactions") as refusal:
        look(f"same-{rich.user.pk}")

    assert all(reference in str(refusal.value) for reference in references)


@pytest.mark.parametrize("name", ["PFFUN0000000000000000000000000", "5986140785", "\x1b[2J"])
def test_an_unknown_reference_is_one_clear_sentence(customer: Customer, name: str) -> None:
    """A CommandError, which exits with 1; nothing that plays tricks on a terminal."""
    with pytest.raises(CommandError, match=r"^There is no transaction with the reference") as error:
        look(name)

    assert error.value.returncode == 1
    assert "\x1b" not in str(error.value)


def test_words_of_a_vendor_are_printed_as_they_are(rich: Customer) -> None:
    """No markup and no terminal sequence of a vendor's text has an effect."""
    reference = sent(rich)
    Transaction.objects(reference=reference).update_one(
        set__vendor_reason="[red]slow[/red] \x1b[2J"
    )

    said = look(reference)

    assert "[red]slow[/red] \N{REPLACEMENT CHARACTER}[2J" in said


# --- Indexes ----------------------------------------------------------------------------------


def test_every_query_is_served_by_an_index(
    rich: Customer, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long the history and the inbox are, no collection is read as a whole."""
    vendor_id = give_own_vendor_id(decided(rich, vendor, "SUCCESSFUL"))
    purchase = reference_in(rich.buy(PENDING))
    queries = Queries(monkeypatch)

    look(vendor_id)
    look(purchase)

    assert queries.collections >= {
        "transactions", "ledger_entries", "webhook_events", "review_cases", "wallets",
    }  # fmt: skip
    assert queries.without_index() == []


def test_a_transaction_of_the_house_has_no_customer() -> None:
    """Such as money that we paid in at a vendor."""
    paid_in = house.book_top_up("gateway:elsewhere", kobo=0, reason="r", now=clock.now())

    assert "nobody (the house)" in look(paid_in.reference)
