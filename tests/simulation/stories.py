"""What customers want and vendors do, and what must be true of it in the end."""

from __future__ import annotations

from collections.abc import Callable

from airtime.views import Purchase
from airtime.webhooks import VtpassWebhook
from tests.simulation.world import World
from tests.support.airtime import Networks, update
from tests.support.people import Customer
from tests.support.vendor import Vendor, charge, disbursed
from wallets.clients import flutterwave
from wallets.documents import LedgerEntry, ReviewCase, Source, Status, Transaction
from wallets.services.requery import requery_funding
from wallets.services.transfers import apply_transfer
from wallets.views import Fund, Withdraw

Check = Callable[[], None]
_ASKED_KOBO = 500_00


def fund(world: World, vendor: Vendor, customer: Customer, key: str) -> Check:
    """Money in: attempts that fail, succeed, or are of another amount, and all their webhooks."""
    references: list[str] = []
    attempts = world.random.choice(
        [["successful"], ["failed", "successful"], ["pending"], ["failed"], ["short"], ["more"], []]
    )

    def live() -> None:
        answer = world.insist(
            Fund, "/wallet/fund", {"amount": "500.00"}, user=customer.user, key=key
        )
        if answer is None or answer.status_code != 201:
            return
        references.append(answer.data["tx_ref"])
        for outcome in attempts:
            _attempt(world, vendor, answer.data["link"], references[0], outcome)
            world.scheduler.pause()

    def check() -> None:
        for reference in references:
            _funding_is_right(world, vendor, reference)

    world.client("payer", live)
    return check


def _attempt(world: World, vendor: Vendor, link: str, reference: str, outcome: str) -> None:
    amounts = {"short": {"amount": "499"}, "more": {"amount": "501"}}.get(outcome, {})
    said = outcome if outcome in ("failed", "pending") else "successful"
    paid = vendor.pay(link, said, **amounts)
    world.call_back(charge(paid, reference, said), copies=world.random.randrange(3))
    if outcome == "pending":
        world.scheduler.pause()
        assert paid is not None
        end = world.random.choice(["successful", "failed"])
        vendor.settle(paid, end)
        world.call_back(charge(paid, reference, end), copies=world.random.randrange(3))


def _funding_is_right(world: World, vendor: Vendor, reference: str) -> None:
    """Credited once, what the vendor collected, if that was enough."""
    # A payment after the page's end, of which no webhook told, is found by reconciliation.
    requery_funding(reference=reference, now=world.now)
    ours = Transaction.objects.get(reference=reference)
    paid = [
        row["amount"]
        for row in vendor.books(reference)["collections"]
        if row["status"] == "successful" and row["amount"] >= _ASKED_KOBO
    ]
    assert [e.amount for e in LedgerEntry.objects(transaction=reference)] == paid
    assert len(paid) == (1 if ours.status is Status.SUCCESS else 0)


def withdraw(world: World, vendor: Vendor, customer: Customer, key: str) -> Check:
    """Money out: the bank takes it, refuses it, or changes its mind."""
    references: list[str] = []
    ends = world.random.choice(
        [["SUCCESSFUL"], ["FAILED"], ["SUCCESSFUL", "FAILED"], ["FAILED", "SUCCESSFUL"]]
    )
    order = {"amount": "100", "bank_code": "044", "account_number": "0690000031"}

    def live() -> None:
        answer = world.insist(Withdraw, "/wallet/withdraw", order, user=customer.user, key=key)
        if answer is not None and answer.status_code == 202:
            references.append(answer.data["tx_ref"])
            world.client("bank", bank)

    def bank() -> None:
        """It has the transfer some time after it was asked, or never."""
        for _ in range(30):
            if payouts := vendor.payouts(references[0]):
                break
            world.scheduler.pause()
        else:
            return
        for status in ends:
            vendor.end_transfer(references[0], status)
            body = disbursed(payouts[0]["id"], references[0], status)
            world.call_back(body, copies=world.random.randrange(3))
            world.scheduler.pause()

    def check() -> None:
        for reference in references:
            _withdrawal_is_right(world, vendor, reference)

    def decide() -> None:
        for reference in references:
            if any(row["status"] == "NEW" for row in vendor.payouts(reference)):
                vendor.end_transfer(reference, ends[-1])

    world.client("payee", live)
    world.decide.append(decide)
    return check


def _withdrawal_is_right(world: World, vendor: Vendor, reference: str) -> None:
    """Paid at most once, and charged exactly if it was; or a person knows that we differ."""
    payouts = vendor.payouts(reference)
    assert len(payouts) <= 1
    for payout in payouts:
        # What the bank changed its mind about, and no webhook told, reconciliation finds.
        transfer = flutterwave.payouts().find_transfer(str(payout["id"]))
        assert transfer is not None
        apply_transfer(transfer, source=Source.RECONCILE, now=world.now)
    ours = Transaction.objects.get(reference=reference)
    returned = Transaction.objects(reverses=reference).count()
    charged = ours.status is Status.SUCCESS and not returned
    is_paid = bool(payouts) and payouts[0]["status"] == "SUCCESSFUL"
    assert not (charged and not is_paid)
    if is_paid and not charged:
        told = {case.kind for case in ReviewCase.objects(transaction=reference)}
        assert told & {"paid_after_failed", "reversed_after_success"}


def buy(world: World, vendor: Vendor, customer: Customer, key: str) -> Check:
    """Airtime: delivered, refused, or pending and then one of both."""
    networks = Networks(vendor)
    number = world.random.choice(["08011111111", "08031234567", "201000000000"])
    end = world.random.choice(["delivered", "failed"])
    order = {"service_id": "mtn", "phone": number, "amount": "100"}
    references: list[str] = []

    def live() -> None:
        world.insist(Purchase, "/airtime/purchase", order, user=customer.user, key=key)
        references.extend(_references(customer, key))
        for request_id in decide():
            if world.random.randrange(2):
                world.call_back_vtpass(VtpassWebhook, update(request_id, end))

    def decide() -> list[str]:
        """What was pending there has ended."""
        ids = [Transaction.objects.get(reference=r).provider_reference for r in references]
        lines = [line for each in ids if each and (line := networks.purchase(each))]
        pending = [line for line in lines if line["status"] in ("initiated", "pending")]
        for line in pending:
            networks.end(line["request_id"], end)
        return [line["request_id"] for line in pending]

    def check() -> None:
        for reference in references:
            _purchase_is_right(networks, reference)

    world.client("buyer", live)
    world.decide.append(lambda: decide() and None)
    return check


def _references(customer: Customer, key: str) -> list[str]:
    """What came of the key, be the client told of it or not."""
    mine = Transaction.objects(idempotency_key=f"{customer.user.pk}:AIRTIME:{key}")
    return [transaction.reference for transaction in mine]


def _purchase_is_right(networks: Networks, reference: str) -> None:
    """Charged exactly if it was delivered, and sent at most once."""
    ours = Transaction.objects.get(reference=reference)
    line = networks.purchase(ours.provider_reference) if ours.provider_reference else None
    delivered = line is not None and line["status"] == "delivered"
    assert line is None or line["attempts"] == 1
    assert (ours.status is Status.SUCCESS) == delivered
