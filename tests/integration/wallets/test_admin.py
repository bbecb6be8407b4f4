"""The admin: what each staff role sees and does."""

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from mongoengine import Document

from payflow.kernel import clock
from tests.support.locks import lock
from tests.support.people import Customer, deliver, staff
from tests.support.vendor import Vendor, charge
from wallets import admin
from wallets.inbox import services as inbox
from wallets.inbox.documents import EventStatus, WebhookEvent
from wallets.ledger.documents import LockOwner, Transaction, Wallet
from wallets.oversight.documents import ReconciliationReport
from wallets.oversight.reconciliation import reconcile
from wallets.review.documents import ReviewCase

pytestmark = pytest.mark.usefixtures("db")
LISTS = [
    "walletrow",
    "transactionrow",
    "ledgerentryrow",
    "webhookeventrow",
    "reviewcaserow",
    "reconciliationreportrow",
]


def desk(role: str) -> Client:
    client = Client()
    client.force_login(staff(role))
    return client


def run_action(client: Client, model: str, action: str, document: Document) -> Any:
    return client.post(
        f"/admin/wallets/{model}/",
        {"action": action, "_selected_action": str(document.pk)},
        follow=True,
    )


@pytest.fixture
def settled(customer: Customer, vendor: Vendor) -> Customer:
    """A customer with one overpaid funding: every list of the admin has a row."""
    vendor.webhooks(drop=1000)
    funding = customer.fund()
    payment = vendor.pay(funding["link"], amount="2000")
    deliver(charge(payment, funding["tx_ref"]))
    event = WebhookEvent.objects(raw_body__contains=funding["tx_ref"]).first()
    inbox.process(event_id=event.pk, now=clock.now())
    return customer


@pytest.mark.parametrize("role", ["support", "finance", "admin"])
def test_staff_see_every_list_and_every_row(settled: Customer, role: str) -> None:
    """The index, each list, each search and each row open for every staff role."""
    client = desk(role)
    wallet = settled.wallet
    transaction = Transaction.objects(user_id=wallet.user_id).first()
    event = WebhookEvent.objects(reference=transaction.reference).first()
    case = ReviewCase.objects(transaction=transaction.reference).first()
    report = reconcile(day=date(2020, 1, 1), now=clock.now())
    report = ReconciliationReport.objects.get(day=report.day)
    found = [wallet, transaction, settled.entries()[0], event, case, report]
    rows = dict(zip(LISTS, found, strict=True))

    assert client.get("/admin/").status_code == 200
    for model, row in rows.items():
        assert client.get(f"/admin/wallets/{model}/").status_code == 200
        assert client.get(f"/admin/wallets/{model}/{row.pk}/change/").status_code == 200
    found = client.get("/admin/wallets/transactionrow/", {"q": transaction.reference})
    assert transaction.reference in found.content.decode()
    assert "1500.00" in found.content.decode()
    assert client.get("/admin/accounts/user/", {"q": settled.email}).status_code == 200


def listed(client: Client, **params: str) -> str:
    return client.get("/admin/wallets/transactionrow/", params).content.decode()


def test_a_list_has_the_newest_rows_and_old_rows_that_need_attention(
    settled: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other old rows are found by a search, so a page costs the same for any number of rows."""
    client = desk("support")
    overpaid = Transaction.objects(user_id=settled.user.pk).first()
    for _ in range(3):
        settled.receive("100")
    monkeypatch.setattr(admin, "_MAX_ROWS", 2)

    newest, reviewed = listed(client), listed(client, attention="to be reviewed")
    found = listed(client, q=overpaid.reference)
    mine = listed(client, q=str(settled.user.pk))

    assert overpaid.reference not in newest
    assert newest.count("/change/") == 2
    assert overpaid.reference in reviewed
    assert overpaid.reference in found
    assert mine.count("/change/") == 4
    assert "/change/" not in listed(client, q="nothing of the kind")


def test_no_filter_reads_a_whole_collection(settled: Customer) -> None:
    """The choices are fixed: no filter asks the database for distinct values."""
    client = desk("support")

    for model in LISTS:
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/admin/wallets/{model}/")
        # A sort, a count or one row by its id, but no aggregation over the collection.
        unbounded = [
            q["sql"] for q in captured if "$group" in q["sql"] and "$limit" not in q["sql"]
        ]
        assert unbounded == []


def test_customers_cannot_use_the_admin(customer: Customer) -> None:
    """A customer who logs in there is refused."""
    client = Client()
    client.force_login(customer.user)

    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("model", LISTS)
@pytest.mark.parametrize("role", ["support", "finance", "admin"])
def test_no_role_can_add_change_or_delete_money(settled: Customer, role: str, model: str) -> None:
    """No form writes such a row."""
    client = desk(role)

    assert client.get(f"/admin/wallets/{model}/add/").status_code == 403
    assert client.post(f"/admin/wallets/{model}/add/", {}).status_code == 403


def test_a_post_to_a_row_changes_nothing(settled: Customer) -> None:
    """The page of a row is read-only."""
    before = settled.wallet.to_mongo()

    answer = desk("admin").post(
        f"/admin/wallets/walletrow/{settled.wallet.pk}/change/", {"balance": "1"}
    )

    assert answer.status_code == 403
    assert settled.wallet.to_mongo() == before


def test_support_locks_and_unlocks_a_wallet(customer: Customer) -> None:
    """The lock has who set it and when it ends; both actions are in the log."""
    client = desk("support")

    run_action(client, "walletrow", "lock", customer.wallet)
    locked = customer.wallet
    run_action(client, "walletrow", "unlock", customer.wallet)

    [held] = locked.locks
    assert locked.is_locked
    assert (held.owner, held.by.endswith("@example.com")) == (LockOwner.STAFF, True)
    assert held.until > clock.now()
    assert not customer.wallet.is_locked
    history = client.get(f"/admin/wallets/walletrow/{customer.wallet.pk}/history/")
    assert "Locked for 24 hours." in history.content.decode()


def test_unlocking_says_which_locks_are_left_for_others(customer: Customer) -> None:
    """Support lifts the lock of staff and sees whose the other is; finance lifts that."""
    support, finance, wallet = desk("support"), desk("finance"), customer.wallet
    lock(wallet.pk, LockOwner.AUDIT, reason="The audit found a difference.")
    run_action(support, "walletrow", "lock", wallet)

    page = support.get(f"/admin/wallets/walletrow/{wallet.pk}/change/").content.decode()
    left = run_action(support, "walletrow", "unlock", wallet).content.decode()
    owners = [each.owner for each in customer.wallet.locks]
    done = run_action(finance, "walletrow", "unlock", wallet).content.decode()

    assert "(staff) until" in page and "The audit found a difference." in page
    assert "Still locked, by ada (audit): The audit found a difference." in left
    assert owners == [LockOwner.AUDIT]
    assert "Unlocked." in done
    assert not customer.wallet.is_locked


def test_finance_replays_a_dead_event(customer: Customer, vendor: Vendor) -> None:
    """The event is RECEIVED again and published."""
    deliver(charge(1, customer.email))
    event = WebhookEvent.objects.order_by("-pk").first()
    WebhookEvent.objects(pk=event.pk).update_one(set__status=EventStatus.DEAD)

    answer = run_action(desk("finance"), "webhookeventrow", "replay", event)

    assert "1 replayed" in answer.content.decode()
    assert WebhookEvent.objects.get(pk=event.pk).status is EventStatus.RECEIVED


def test_support_cannot_replay_an_event(customer: Customer) -> None:
    """The action is not offered to this role, and refused when it is posted."""
    deliver(charge(2, customer.email))
    event = WebhookEvent.objects.order_by("-pk").first()
    WebhookEvent.objects(pk=event.pk).update_one(set__status=EventStatus.DEAD)

    run_action(desk("support"), "webhookeventrow", "replay", event)

    assert WebhookEvent.objects.get(pk=event.pk).status is EventStatus.DEAD


def test_a_closed_review_case_has_the_name_of_who_closed_it(settled: Customer) -> None:
    """And what was decided. Its evidence stays."""
    transaction = Transaction.objects(user_id=settled.user.pk).first()
    case = ReviewCase.objects.get(transaction=transaction.reference)

    client = desk("finance")
    decided = {"action": "close", "_selected_action": str(case.pk), "resolution": "Paid back."}
    client.post("/admin/wallets/reviewcaserow/", decided, follow=True)

    case.reload()
    assert case.resolution == "Paid back."
    assert case.state == "CLOSED"
    assert case.closed_by.endswith("@example.com")
    assert case.evidence["paid_kobo"] == 2000_00


def test_an_administrator_adds_staff_who_can_sign_in(
    new_customer: Callable[[], Customer],
) -> None:
    """The new user has a role and a working password."""
    email = new_customer().email.replace("@", ".staff@")
    body = {"email": email, "role": "support", "password1": "a fine staff horse 1"}
    body |= {"password2": body["password1"], "usable_password": "true"}

    answer = desk("admin").post("/admin/accounts/user/add/", body, follow=True)

    assert answer.status_code == 200
    assert Client().login(username=email, password=body["password1"])
    assert Wallet.objects.count() > 0


def test_support_cannot_change_a_role(customer: Customer) -> None:
    """Only administrators may change users."""
    url = f"/admin/accounts/user/{customer.user.pk}/change/"

    assert desk("support").post(url, {"role": "admin"}).status_code == 403
    customer.user.refresh_from_db()
    assert customer.user.role == "customer"


def test_support_publishes_a_requery(customer: Customer, vendor: Vendor) -> None:
    """The vendor's answer to it decides, and not the staff."""
    transaction = customer.transaction(customer.fund()["tx_ref"])

    answer = run_action(desk("support"), "transactionrow", "requery", transaction)

    assert b"Asked about 1" in answer.content
    with redis.Redis.from_url(settings.RABBITMQ_URL) as broker:
        [message] = broker.lrange("wallet.transfers", 0, 0)
    assert transaction.reference.encode() in base64.b64decode(json.loads(message)["body"])


def test_a_web_process_has_the_requery_task_of_every_type() -> None:
    """In a new process, since the tests have imported all tasks."""
    begun = """
import payflow.wsgi, payflow.urls
from celery import current_app
from wallets import flows
print(*sorted({current_app.tasks[flow.requery_task].name for flow in flows.all_flows()}))
"""

    web = subprocess.run([sys.executable, "-c", begun], capture_output=True, text=True, check=False)

    assert web.stdout.split() == ["airtime.requery", "wallets.requery"], web.stderr
