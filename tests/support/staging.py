"""Stages what happens after a first outcome: refunds, returns, retries, second payments, locks."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import requests
from bson import ObjectId
from celery import current_app
from celery.signals import before_task_publish
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from mongoengine import Document

from payflow.kernel import clock
from payflow.kernel.errors import PayflowError, VendorError
from payflow.kernel.money import to_kobo
from tests.support.people import Customer, deliver, staff
from tests.support.vendor import Vendor, disbursed
from wallets import requery
from wallets.clients import Payment, PaymentStatus
from wallets.funding import services as funding
from wallets.funding.services import apply as apply_payment
from wallets.ledger.documents import ChangeSource, LedgerEntry, Transaction
from wallets.oversight import tasks as oversight_tasks
from wallets.review import services as review
from wallets.review.documents import ReviewCase
from wallets.withdrawals import services as transfers

GATEWAY = "gateway:flutterwave"
FIRST_ACCOUNT = "0690000031"


class NotStaged(Exception):
    """The situation could not be set up. Not an AssertionError, which an expected failure is."""


def staged(holds: object, what: str) -> None:
    """Raises: NotStaged, unless the situation that the test starts from holds."""
    if not holds:
        raise NotStaged(what)


class Worker:
    """Runs in this process the tasks that the product published. Pushes to sockets are left out."""

    def __init__(self) -> None:
        self._due: list[tuple[str, dict[str, Any]]] = []

    @contextmanager
    def listening(self) -> Iterator[Worker]:
        before_task_publish.connect(self._note, weak=False)
        try:
            yield self
        finally:
            before_task_publish.disconnect(self._note)

    def _note(self, sender: str, body: Any, **_: object) -> None:
        if sender.startswith(("wallets.", "airtime.")):
            self._due.append((sender, dict(body[1])))

    def has_published(self, name: str) -> bool:
        return any(each == name for each, _ in self._due)

    def run(self, rounds: int = 3) -> None:
        """Run each published task, and what it publishes. One that fails waits for the next run."""
        again = []
        for _ in range(rounds):
            due, self._due = self._due, []
            for name, arguments in due:
                try:
                    current_app.tasks[name].run(**arguments)
                except PayflowError:
                    again.append((name, arguments))
        self._due += again

    def hear(self, body: bytes) -> None:
        """A webhook of Flutterwave's arrives and is worked on."""
        staged(deliver(body).status_code == 200, "the webhook was not taken")
        self.run()


# --- The vendor --------------------------------------------------------------------------------


def flutterwave(vendor: Vendor, method: str, path: str, **more: Any) -> dict[str, Any]:
    """A call to the vendor's API with our key, which PayFlow does not see."""
    answer = requests.request(
        method,
        f"{vendor.url}/flutterwave/v3{path}",
        headers={"Authorization": f"Bearer {settings.FLUTTERWAVE_SECRET_KEY}"},
        timeout=10,
        **more,
    )
    staged(answer.ok, answer.text)
    return answer.json()


def pay_under(vendor: Vendor, tx_ref: str, amount: str, currency: str) -> int:
    """The id of a successful payment to our merchant account, under a reference of the payer's.

    Flutterwave's inline checkout takes the reference from the browser, with the public key that
    each payment page shows. The sandbox makes such a payment through /payments.
    """
    body = {
        "tx_ref": tx_ref,
        "amount": amount,
        "currency": currency,
        "redirect_url": "http://localhost/x",
        "customer": {"email": "mallory@example.com"},
    }
    link = flutterwave(vendor, "POST", "/payments", json=body)["data"]["link"]
    payment_id = vendor.pay(link)
    if payment_id is None:
        raise NotStaged("the payment was not made")
    return payment_id


def balance_at_flutterwave(vendor: Vendor) -> int:
    """What the vendor holds for us, in kobo."""
    return to_kobo(flutterwave(vendor, "GET", "/balances/NGN")["data"]["available_balance"])


def retry_transfer(vendor: Vendor, reference: str) -> str:
    """The reference of the same transfer under a new id, as the vendor's dashboard retries it."""
    [first] = vendor.payouts(reference)
    again = f"{reference}_RETRY_1"
    body = {
        "account_bank": first["bank_code"],
        "account_number": first["account_number"],
        "amount": first["amount"] // 100,
        "currency": first["currency"],
        "reference": again,
        "narration": "retry",
    }
    flutterwave(vendor, "POST", "/transfers", json=body)
    return again


def end_transfer(vendor: Vendor, worker: Worker, reference: str, status: str) -> None:
    """The transfer ends like this at the vendor, and its webhook is worked on."""
    vendor.end_transfer(reference, status)
    worker.hear(transfer_webhook(vendor, reference, status))


def transfer_webhook(vendor: Vendor, reference: str, status: str) -> bytes:
    [payout] = vendor.payouts(reference)
    return disbursed(payout["id"], reference, status)


# --- Transactions ------------------------------------------------------------------------------


def sent(customer: Customer, worker: Worker, amount: str = "1000") -> str:
    """The reference of a withdrawal that the vendor has accepted and not decided."""
    reference = asked_to_withdraw(customer, amount)
    worker.run()
    staged(customer.transaction(reference).vendor_id, "the vendor has not accepted it")
    return reference


def asked_to_withdraw(customer: Customer, amount: str = "1000") -> str:
    """The reference of a withdrawal that is held for and not sent yet."""
    answer = customer.withdraw(amount)
    staged(answer.status_code == 202, answer.content)
    return str(answer.json()["tx_ref"])


def sent_at(customer: Customer, amount_kobo: int, now: datetime) -> str:
    """The same as sent(), on another day than today."""
    started = transfers.start(
        user=customer.user,
        amount_kobo=amount_kobo,
        bank_code="044",
        account_number=FIRST_ACCOUNT,
        now=now,
    )
    transfers.send(reference=started.reference, now=now)
    return str(started.reference)


def asked_to_fund(customer: Customer, amount_kobo: int, now: datetime) -> Transaction:
    """A funding whose page is open."""
    return funding.start(user=customer.user, amount_kobo=amount_kobo, now=now)


def credited_without_vendor(customer: Customer, amount_kobo: int, now: datetime) -> str:
    """The reference of a funding that is booked under an id that the vendor does not know."""
    one = asked_to_fund(customer, amount_kobo, now)
    payment = Payment(
        vendor_id=secrets.token_hex(8),
        reference=one.reference,
        status=PaymentStatus.SUCCESSFUL,
        amount_kobo=amount_kobo,
        currency="NGN",
        reason="",
        method="card",
    )
    apply_payment(payment, source=ChangeSource.WEBHOOK, now=now)
    return str(one.reference)


def ask(reference: str, *, now: datetime | None = None, after: timedelta = timedelta()) -> None:
    """The vendor is asked about the transaction; it may be away."""
    with suppress(VendorError):
        requery.requery(reference=reference, now=(now or clock.now()) + after)


def gateway_kobo(wallet_id: ObjectId) -> int:
    """What the wallet's entries put into the account of what Flutterwave holds for us."""
    entries = LedgerEntry.objects(wallet=wallet_id)
    return sum(
        entry.amount * ((entry.debit_account == GATEWAY) - (entry.credit_account == GATEWAY))
        for entry in entries
    )


# --- People ------------------------------------------------------------------------------------


def open_cases(*names: object) -> list[str]:
    """The kinds of the open review cases that name one of these ids."""
    return [case.kind for case in ReviewCase.objects(state="OPEN") if _names(case, names)]


def close_cases(*names: object) -> None:
    """Staff close every open review case that names one of these ids."""
    closed = 0
    for case in ReviewCase.objects(state="OPEN"):
        if _names(case, names):
            closed += review.close_case(
                case_id=case.pk, closed_by="ada", resolution="Accepted.", now=clock.now()
            )
    staged(closed, "there was no case to close")


def _names(case: ReviewCase, names: Iterable[object]) -> bool:
    """Whether a field of the case is one of these ids, or a sentence in it has one of them.

    A short number is compared with whole values only: it is part of many times and sums.
    """
    values = [case.transaction, case.vendor_id, *map(str, case.evidence.values())]
    return any(
        value in (name, f"wallet:{name}") or (len(name) >= 12 and name in value)
        for name in map(str, names)
        for value in values
    )


def lock_by_staff(customer: Customer) -> None:
    """Staff lock the wallet in the admin."""
    desk = Client()
    desk.force_login(staff("admin"))
    order = {"action": "lock", "_selected_action": str(customer.wallet.pk)}
    desk.post("/admin/wallets/walletrow/", order, follow=True)
    staged(refuses_withdrawals(customer), "the wallet is not locked")


def refuses_withdrawals(customer: Customer) -> bool:
    """Whether a new withdrawal is refused because the wallet is locked."""
    answer = customer.withdraw("100")
    return answer.status_code >= 400 and answer.json()["error"]["code"] == "wallet_locked"


# --- The audit ---------------------------------------------------------------------------------


def full_audit_fails(wallet_id: ObjectId) -> bool:
    """Whether `manage.py audit_ledger --full` finds a fault in this wallet."""
    return command_fails("audit_ledger", "--full", "--wallet", str(wallet_id))


def command_fails(name: str, *arguments: str) -> bool:
    try:
        call_command(name, *arguments)
    except CommandError:
        return True
    return False


def audit_nightly(wallet_id: ObjectId | None, *, nights: int = 1) -> None:
    """The nightly audit runs on this number of nights, from this or from the first wallet on."""
    before = str(ObjectId((int(str(wallet_id), 16) - 1).to_bytes(12, "big"))) if wallet_id else ""
    now = clock.now()
    for night in range(nights):
        with (
            patch.object(clock, "now", _fixed(now + timedelta(days=night))),
            # Wallets of other tests may fill the batch; their audit is not this test's.
            patch.object(oversight_tasks.audit_ledger, "delay"),
        ):
            oversight_tasks.audit_ledger.run(after=before)


def _fixed(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


@contextmanager
def deleted(document: Document) -> Iterator[None]:
    """The document is deleted past all code of the product, and put back at the end."""
    collection = document._get_collection()
    stored = collection.find_one_and_delete({"_id": document.pk})
    staged(stored, "the document is not stored")
    try:
        yield
    finally:
        collection.replace_one({"_id": document.pk}, stored, upsert=True)


@contextmanager
def changed(document: Document, **fields: Any) -> Iterator[None]:
    """These stored fields are changed past all code of the product, and put back at the end.

    Other tests share the database. A double underscore names a field of an embedded document.
    """
    collection = document._get_collection()
    wanted = {name.replace("__", "."): value for name, value in fields.items()}
    stored = collection.find_one({"_id": document.pk})
    before = {name: _value_in(stored, name) for name in wanted}
    collection.update_one({"_id": document.pk}, {"$set": wanted})
    try:
        yield
    finally:
        collection.update_one({"_id": document.pk}, {"$set": before})


def _value_in(stored: Any, name: str) -> Any:
    for part in name.split("."):
        stored = stored[part]
    return stored
