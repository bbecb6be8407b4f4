"""Money out: what is held, sent, captured, released and returned."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from payflow.kernel import clock
from payflow.kernel.errors import VendorUnavailable
from tests.support.books import review_kinds
from tests.support.customer import error_code
from tests.support.invariants import check_money
from tests.support.people import Customer, deliver
from tests.support.vendor import Vendor, disbursed
from wallets import requery
from wallets.inbox import services as inbox
from wallets.inbox.documents import EventStatus, WebhookEvent
from wallets.ledger import locks
from wallets.ledger.documents import (
    ChangeSource,
    Transaction,
    TransactionStatus,
    TransactionType,
    Wallet,
)
from wallets.vendors import Transfer, TransferStatus
from wallets.withdrawals import services as transfers

pytestmark = pytest.mark.usefixtures("db")
LATER = timedelta(minutes=10)
FEE = 10_75


@pytest.fixture(autouse=True)
def quiet_vendor(vendor: Vendor) -> None:
    """Nothing comes by itself, and transfers wait to be decided by the test."""
    vendor.webhooks(drop=1000)
    vendor.transfers(outcome="pending")


@pytest.fixture
def rich(customer: Customer) -> Customer:
    customer.receive("10000.00")
    return customer


def started(customer: Customer, amount: str = "1000", **more: str) -> str:
    """The reference of a withdrawal that was accepted."""
    answer = customer.withdraw(amount, **more)
    assert answer.status_code == 202, answer.content
    return answer.json()["tx_ref"]


def send(reference: str, after: timedelta = timedelta()) -> None:
    transfers.send(reference=reference, now=clock.now() + after)


def look(reference: str, after: timedelta = timedelta()) -> None:
    requery.requery(reference=reference, now=clock.now() + after)


# --- Accepted or refused ----------------------------------------------------------------------


def test_an_accepted_withdrawal_holds_amount_and_fee(rich: Customer) -> None:
    """202: the money is held, nothing is booked, and the account is shown masked."""
    body = rich.withdraw("1000", narration="rent").json()

    transaction = body["transaction"]
    assert body["tx_ref"] == transaction["reference"]
    assert (transaction["type"], transaction["status"]) == ("WITHDRAWAL", "PENDING")
    assert (transaction["amount"], transaction["fee"]) == ("1000.00", "10.75")
    assert transaction["meta"]["account_number"] == "******0031"
    assert transaction["meta"]["account_name"] == "Forrest Green"
    wallet = rich.get("/wallet/").json()
    assert (wallet["balance"], wallet["held"]) == ("10000.00", "1010.75")
    assert wallet["available"] == "8989.25"
    check_money(rich.wallet)


def test_the_last_kobo_can_be_withdrawn_and_not_one_more(new_customer: Any) -> None:
    """Amount and fee must be available to the kobo."""
    enough, short = new_customer(), new_customer()
    enough.receive("1010.75")
    short.receive("1010.74")

    taken, refused = enough.withdraw("1000"), short.withdraw("1000")

    assert taken.status_code == 202
    assert enough.wallet.available == 0
    assert (refused.status_code, error_code(refused)) == (422, "insufficient_funds")
    assert refused.json()["error"]["details"] == {"available": "1010.74", "needed": "1010.75"}
    assert short.wallet.held == 0
    assert Transaction.objects(user_id=short.user.pk, type=TransactionType.WITHDRAWAL).count() == 0


@pytest.mark.parametrize(
    ("amount", "fee"),
    [
        ("100", "10.75"),
        ("5000", "10.75"),
        ("5001", "26.88"),
        ("50000", "26.88"),
        ("50001", "53.75"),
    ],
)
def test_the_fee_is_told_before_and_taken_by_tiers(
    customer: Customer, amount: str, fee: str
) -> None:
    """What the fee endpoint says is what a withdrawal will cost."""
    answer = customer.get("/wallet/withdraw/fee", amount=amount).json()

    assert answer["fee"] == fee


@pytest.mark.parametrize(
    ("change", "status", "expected"),
    [
        ({"amount": "99"}, 422, "amount_out_of_range"),
        ({"amount": "1000001"}, 422, "amount_out_of_range"),
        ({"amount": "1000.50"}, 422, "amount_out_of_range"),
        ({"amount": "-1"}, 400, "validation_error"),
        ({"amount": ""}, 400, "validation_error"),
        ({"account_number": "069000003"}, 400, "validation_error"),
        ({"account_number": "06900000311"}, 400, "validation_error"),
        ({"account_number": "o690000031"}, 400, "validation_error"),
        ({"bank_code": "../x"}, 400, "validation_error"),
        ({"bank_code": ""}, 400, "validation_error"),
        ({"narration": "x" * 101}, 400, "validation_error"),
        ({"account_number": "0690000000"}, 422, "account_not_resolved"),
    ],
)
def test_what_cannot_be_paid_out_is_refused(
    rich: Customer, change: dict[str, str], status: int, expected: str
) -> None:
    """Each mistake gets its code; nothing is held and nothing written."""
    answer = rich.withdraw(**{"amount": "1000", **change})

    assert (answer.status_code, error_code(answer)) == (status, expected)
    assert rich.wallet.held == 0
    assert Transaction.objects(user_id=rich.user.pk, type=TransactionType.WITHDRAWAL).count() == 0


@pytest.mark.parametrize("kind", ["timeout_before", "http_500", "malformed", "reset"])
def test_a_vendor_that_cannot_confirm_the_account_is_a_503(
    rich: Customer, vendor: Vendor, kind: str
) -> None:
    """The customer's account is not called wrong because the vendor is down; nothing is held."""
    vendor.fault(kind, endpoint="resolve", hang_s=5)

    answer = rich.withdraw()

    assert (answer.status_code, error_code(answer)) == (503, "vendor_unavailable")
    assert rich.wallet.held == 0


@pytest.mark.parametrize(("stop", "status"), [("pause", 409), ("lock", 423)])
def test_a_stopped_wallet_pays_nothing_out(rich: Customer, stop: str, status: int) -> None:
    """Neither a paused nor a locked wallet takes a new debit."""
    if stop == "pause":
        rich.post("/wallet/toggle-activity", {"is_active": False})
    else:
        wallet_id, now = rich.wallet.pk, clock.now()
        locks.lock_wallet(wallet_id=wallet_id, reason="r", locked_by="s", now=now)

    assert rich.withdraw().status_code == status
    assert rich.wallet.held == 0


def test_the_daily_limit_says_what_is_left(rich: Customer, settings: Any) -> None:
    """Up to the limit and not beyond it; a failed withdrawal gives its part back."""
    settings.WITHDRAWAL_DAILY_KOBO = 3000_00
    first = started(rich, "2000")

    refused = rich.withdraw("1001")
    assert (refused.status_code, error_code(refused)) == (422, "daily_limit_reached")
    assert refused.json()["error"]["details"] == {"limit": "3000.00", "left": "1000.00"}
    started(rich, "1000")
    assert error_code(rich.withdraw("100")) == "daily_limit_reached"
    fail(first)

    assert rich.withdraw("2000").status_code == 202


def test_yesterdays_withdrawals_do_not_count(rich: Customer, settings: Any) -> None:
    """A new day in Lagos starts from nothing."""
    settings.WITHDRAWAL_DAILY_KOBO = 1000_00
    started(rich, "1000")

    Wallet.objects(pk=rich.wallet.pk).update_one(set__withdrawn_on="2020-01-01")

    assert rich.withdraw("1000").status_code == 202


def test_the_same_key_is_one_withdrawal(rich: Customer) -> None:
    """Eight requests at once with one key hold once and answer alike."""
    answers: list[Any] = []

    def ask() -> None:
        answers.append(rich.withdraw("1000", key="k"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {a.status_code for a in answers} <= {202, 409}
    assert len({a.json()["tx_ref"] for a in answers if a.status_code == 202}) == 1
    assert rich.wallet.held == 1010_75
    conflict = rich.withdraw("1001", key="k")
    assert (conflict.status_code, error_code(conflict)) == (409, "idempotency_conflict")


def test_of_64_withdrawals_at_once_exactly_what_is_covered_is_accepted(
    customer: Customer,
) -> None:
    """A wallet that can pay for ten pays for ten, and held never passes the balance."""
    customer.receive("10107.50")
    answers: list[Any] = []
    seen: list[tuple[int, int]] = []
    done = threading.Event()

    def ask() -> None:
        answers.append(customer.withdraw("1000"))

    def watch() -> None:
        while not done.is_set():
            wallet = customer.wallet
            seen.append((wallet.held, wallet.balance))

    watcher = threading.Thread(target=watch)
    threads = [threading.Thread(target=ask) for _ in range(64)]
    for thread in (watcher, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    watcher.join()

    accepted = [a for a in answers if a.status_code == 202]
    refused = [(a.status_code, error_code(a)) for a in answers if a.status_code != 202]
    assert len(accepted) == 10
    assert set(refused) == {(422, "insufficient_funds")}
    assert all(0 <= held <= balance == 10107_50 for held, balance in seen)
    assert customer.wallet.available == 0
    check_money(customer.wallet)


# --- Carried out ------------------------------------------------------------------------------


def test_a_paid_transfer_takes_amount_and_fee_apart(rich: Customer, vendor: Vendor) -> None:
    """Captured: two entries, the hold is gone, the push carries the new balance."""
    reference = started(rich)
    send(reference)
    vendor.end_transfer(reference, "SUCCESSFUL")

    look(reference)
    look(reference)

    transaction = rich.transaction(reference)
    assert transaction.status is TransactionStatus.SUCCESS
    assert transaction.history[-1].balance == rich.wallet.balance == 10000_00 - 1010_75
    assert rich.wallet.held == 0
    taken = [(e.credit_account, e.amount) for e in rich.entries()[1:]]
    assert taken == [("payable:bank_transfer", 1000_00), ("income:fees", FEE)]
    check_money(rich.wallet)


def fail(reference: str, reason: str = "Unable to obtain user details") -> None:
    """The vendor says FAILED, by way of the service alone."""
    transaction = Transaction.objects.get(reference=reference)
    transfers.apply_transfer(
        told(transaction, TransferStatus.FAILED, reason=reason),
        source=ChangeSource.WEBHOOK,
        now=clock.now(),
    )


def told(
    transaction: Transaction, status: TransferStatus, *, reason: str = "", amount: int = 0
) -> Transfer:
    return Transfer(
        vendor_id="77",
        reference=transaction.reference,
        status=status,
        amount_kobo=amount or transaction.amount,
        reason=reason,
        vendor_reason=f"DISBURSE FAILED: {reason}",
    )


def test_a_failed_transfer_gives_everything_back(rich: Customer, vendor: Vendor) -> None:
    """Released: nothing is booked, and the customer's reason is in plain words."""
    reference = started(rich)
    send(reference)
    vendor.end_transfer(reference, "FAILED", reason="DISBURSE FAILED: Insufficient funds")

    look(reference)
    look(reference)

    transaction = rich.transaction(reference)
    assert transaction.status is TransactionStatus.FAILED
    assert "back in your wallet" in transaction.reason
    assert "nsufficient" not in transaction.reason
    assert transaction.vendor_reason == "DISBURSE FAILED: Insufficient funds"
    assert "nsufficient" not in rich.get(f"/wallet/transactions/{reference}").content.decode()
    assert rich.wallet.available == 10000_00
    check_money(rich.wallet)


def test_a_transfer_refused_at_once_fails_with_the_reason(rich: Customer, vendor: Vendor) -> None:
    """A final no of the vendor's releases the hold right away."""
    reference = started(rich, account_number="0690000036")

    send(reference)

    transaction = rich.transaction(reference)
    assert transaction.status is TransactionStatus.FAILED
    assert transaction.reason == "This account cannot receive transfers."
    assert rich.wallet.held == 0


def test_sending_twice_is_one_transfer(rich: Customer, vendor: Vendor) -> None:
    """Eight deliveries of the task at once reach the vendor once."""
    reference = started(rich)

    threads = [threading.Thread(target=send, args=(reference,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    send(reference)

    assert len(vendor.payouts(reference)) == 1


@pytest.mark.parametrize("kind", ["timeout_after", "http_503_after", "reset_after"])
def test_an_answer_that_was_lost_keeps_the_hold_until_it_is_known(
    rich: Customer, vendor: Vendor, kind: str
) -> None:
    """Accepted and not told: held, found by its reference, paid once."""
    reference = started(rich)
    vendor.fault(kind, endpoint="transfers", hang_s=5)

    send(reference)
    between = rich.transaction(reference).status, rich.wallet.held
    vendor.end_transfer(reference, "SUCCESSFUL")
    look(reference)

    assert between == (TransactionStatus.PENDING, 1010_75)
    assert rich.transaction(reference).status is TransactionStatus.SUCCESS
    assert len(vendor.payouts(reference)) == 1
    check_money(rich.wallet)


@pytest.mark.parametrize("kind", ["timeout_before", "http_500", "malformed", "reset"])
def test_a_transfer_that_never_arrived_is_sent_again_long_after_and_once(
    rich: Customer, vendor: Vendor, kind: str
) -> None:
    """An empty look-up proves nothing at first; later the same reference is sent again."""
    reference = started(rich)
    vendor.fault(kind, endpoint="transfers", hang_s=5)
    send(reference)

    look(reference)
    soon = len(vendor.payouts(reference))
    look(reference, LATER)
    look(reference, LATER)
    vendor.end_transfer(reference, "SUCCESSFUL")
    look(reference, LATER)

    assert soon == 0
    assert len(vendor.payouts(reference)) == 1
    assert rich.transaction(reference).status is TransactionStatus.SUCCESS
    check_money(rich.wallet)


def test_a_worker_that_died_before_the_call_costs_nothing(rich: Customer, vendor: Vendor) -> None:
    """sent_at was committed and the call never made: sent once, by the requery."""
    reference = started(rich)
    Transaction.objects(reference=reference).update_one(set__sent_at=clock.now())

    send(reference)
    before = len(vendor.payouts(reference))
    look(reference, LATER)

    assert before == 0
    assert len(vendor.payouts(reference)) == 1
    check_money(rich.wallet)


@pytest.mark.parametrize("kind", ["http_429"])
def test_a_vendor_that_turns_us_away_is_asked_again_at_once(
    rich: Customer, vendor: Vendor, kind: str
) -> None:
    """Nothing was done, so the next try sends without waiting; the hold stays."""
    reference = started(rich)
    vendor.fault(kind, endpoint="transfers")

    with pytest.raises(VendorUnavailable):
        send(reference)
    assert rich.wallet.held == 1010_75
    send(reference)

    assert len(vendor.payouts(reference)) == 1


def test_a_withdrawal_that_was_never_published_is_swept_up(rich: Customer, vendor: Vendor) -> None:
    """Broker away at the request: the sweep finds it by its time, and it is sent."""
    reference = started(rich)
    due = rich.transaction(reference).next_check_at

    assert ("wallets.requery", reference) in requery.claim_due(now=due, limit=1000)
    look(reference)

    assert len(vendor.payouts(reference)) == 1


# --- By webhook -------------------------------------------------------------------------------


def hear(reference: str, vendor: Vendor, status: str) -> WebhookEvent:
    """The vendor's webhook for its present state, handled."""
    [payout] = vendor.payouts(reference)
    deliver(disbursed(payout["id"], reference, status))
    key = f"transfer:{payout['id']}:{status.lower()}"
    event = WebhookEvent.objects.get(dedupe_key=key)
    inbox.process(event_id=event.pk, now=clock.now())
    return WebhookEvent.objects.get(pk=event.pk)


def test_a_webhook_settles_once_however_often_it_comes(rich: Customer, vendor: Vendor) -> None:
    """Ten deliveries and a requery capture once."""
    reference = started(rich)
    send(reference)
    vendor.end_transfer(reference, "SUCCESSFUL")

    for _ in range(10):
        event = hear(reference, vendor, "SUCCESSFUL")
    look(reference)

    assert event.status is EventStatus.PROCESSED
    assert rich.transaction(reference).history[-1].source == "webhook"
    assert len(rich.entries()) == 3
    check_money(rich.wallet)


def test_a_webhook_that_lies_about_the_outcome_changes_nothing(
    rich: Customer, vendor: Vendor
) -> None:
    """FAILED in the body, pending by the API: the hold stays."""
    reference = started(rich)
    send(reference)

    hear(reference, vendor, "FAILED")

    assert rich.transaction(reference).status is TransactionStatus.PENDING
    assert rich.wallet.held == 1010_75


def test_a_transfer_that_comes_back_after_it_was_paid_is_reversed(
    rich: Customer, vendor: Vendor
) -> None:
    """A REVERSAL of its own returns amount and fee, once; the withdrawal stays as it was."""
    reference = started(rich)
    send(reference)
    vendor.end_transfer(reference, "SUCCESSFUL")
    hear(reference, vendor, "SUCCESSFUL")
    vendor.end_transfer(reference, "FAILED")

    for _ in range(3):
        hear(reference, vendor, "FAILED")

    [reversal] = Transaction.objects(reverses=reference)
    assert (reversal.type, reversal.status) == (TransactionType.REVERSAL, TransactionStatus.SUCCESS)
    assert reversal.amount == 1010_75
    assert rich.transaction(reference).status is TransactionStatus.SUCCESS
    assert rich.wallet.balance == 10000_00
    back = [(e.debit_account, e.amount) for e in rich.entries()[3:]]
    assert back == [("payable:bank_transfer", 1000_00), ("income:fees", FEE)]
    assert review_kinds(reference) == {"reversed_after_success"}
    check_money(rich.wallet)


def test_money_that_returns_is_not_kept_out_by_a_lock(rich: Customer, vendor: Vendor) -> None:
    """A reversal credits a locked and paused wallet."""
    reference = started(rich)
    send(reference)
    vendor.end_transfer(reference, "SUCCESSFUL")
    look(reference)
    now = clock.now()
    locks.lock_wallet(wallet_id=rich.wallet.pk, reason="r", locked_by="s", now=now)

    fail(reference)

    assert rich.wallet.balance == 10000_00
    check_money(rich.wallet)


def test_paid_after_it_failed_is_a_review_case_and_no_edit(rich: Customer) -> None:
    """The money was given back already: a person decides, the books stay."""
    reference = started(rich)
    fail(reference)
    transaction = rich.transaction(reference)

    for _ in range(2):
        transfers.apply_transfer(
            told(transaction, TransferStatus.SUCCESSFUL),
            source=ChangeSource.WEBHOOK,
            now=clock.now(),
        )

    assert rich.transaction(reference).status is TransactionStatus.FAILED
    assert rich.wallet.available == 10000_00
    assert review_kinds(reference) == {"paid_after_failed"}
    check_money(rich.wallet)


def test_another_amount_than_ours_settles_nothing(rich: Customer) -> None:
    """A transfer of a different amount is for people to look at; the hold stays."""
    reference = started(rich)
    transaction = rich.transaction(reference)

    transfers.apply_transfer(
        told(transaction, TransferStatus.SUCCESSFUL, amount=1),
        source=ChangeSource.WEBHOOK,
        now=clock.now(),
    )

    assert rich.transaction(reference).status is TransactionStatus.PENDING
    assert rich.wallet.held == 1010_75
    assert review_kinds(reference) == {"amount_differs"}


def test_eight_outcomes_at_once_settle_once(rich: Customer) -> None:
    """Webhook and requery, success and success: one capture."""
    reference = started(rich)
    transaction = rich.transaction(reference)
    errors: list[BaseException] = []

    def settle() -> None:
        try:
            transfers.apply_transfer(
                told(transaction, TransferStatus.SUCCESSFUL),
                source=ChangeSource.REQUERY,
                now=clock.now(),
            )
        except BaseException as exc:
            errors.append(exc)

    threads = [threading.Thread(target=settle) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert len(rich.entries()) == 3
    check_money(rich.wallet)


# --- Banks ------------------------------------------------------------------------------------


def test_banks_are_listed_searched_and_kept(customer: Customer, vendor: Vendor) -> None:
    """Asked for once; leading zeros stay; a search goes by name or code."""
    everything = customer.get("/wallet/flutterwave/get-banks").json()["results"]
    vendor.fault("http_500", endpoint="banks", times=20)

    by_name = customer.get("/wallet/flutterwave/get-banks", q="gtb").json()["results"]
    by_code = customer.get("/wallet/flutterwave/get-banks", q="044").json()["results"]

    assert len(everything) > 5
    assert [bank["code"] for bank in by_name] == ["058"]
    assert [bank["name"] for bank in by_code] == ["Access Bank"]


def test_stale_banks_are_better_than_none(customer: Customer, vendor: Vendor) -> None:
    """When the vendor is down the last known list is served, however old."""
    from wallets.withdrawals import banks

    banks.list_banks(now=clock.now())
    vendor.fault("http_500", endpoint="banks", times=20)

    stale = banks.list_banks(now=clock.now() + timedelta(days=20))

    assert len(stale) > 5


def test_without_a_list_and_without_the_vendor_there_is_a_503(
    customer: Customer, vendor: Vendor
) -> None:
    """Nothing is made up."""
    vendor.fault("http_500", endpoint="banks", times=20)

    answer = customer.get("/wallet/flutterwave/get-banks")

    assert (answer.status_code, error_code(answer)) == (503, "vendor_unavailable")


def test_an_account_is_verified_by_its_bank(customer: Customer) -> None:
    """The owner's name, and the check digit as a hint."""
    answer = customer.get(
        "/wallet/flutterwave/verify-bank", bank_code="044", account_number="0690000031"
    )

    body = answer.json()
    assert body["account_name"] == "Forrest Green"
    assert body["check_digit_ok"] in (True, False)


@pytest.mark.parametrize(
    ("query", "status", "expected"),
    [
        ({"bank_code": "044"}, 400, "validation_error"),
        ({"bank_code": "044", "account_number": "12"}, 400, "validation_error"),
        ({"bank_code": "044", "account_number": "0690000000"}, 422, "account_not_resolved"),
    ],
)
def test_an_account_that_cannot_be_is_refused(
    customer: Customer, query: dict[str, str], status: int, expected: str
) -> None:
    """The shape is checked before the bank is asked; the bank's no is a 422."""
    answer = customer.get("/wallet/flutterwave/verify-bank", **query)

    assert (answer.status_code, error_code(answer)) == (status, expected)


# --- The page ---------------------------------------------------------------------------------


def test_the_outcome_page_shows_a_masked_account_and_no_more(
    rich: Customer, new_customer: Callable[[], Customer]
) -> None:
    """Reference, amount, status and four digits; a funding's reference opens nothing here."""
    from django.test import Client

    reference = started(rich)
    url = f"/api/v1/wallet/withdraw/success/{reference}"

    html = Client().get(url).content.decode()
    body = Client().get(url, headers={"Accept": "application/json"}).json()

    assert "******0031" in html
    for secret in ("0690000031", "Forrest", rich.email, "8989.25"):
        assert secret not in html
        assert secret not in str(body)
    assert body["status"] == "PENDING"
    funding = Transaction.objects(user_id=rich.user.pk, type=TransactionType.FUNDING).first()
    assert Client().get(f"/api/v1/wallet/withdraw/success/{funding.reference}").status_code == 404
    assert Client().get("/api/v1/wallet/withdraw/success/PFWDR").status_code == 404
