"""Plays schedules: a seed and a number decide the stories and every event in them."""

from __future__ import annotations

from collections import Counter

from payflow.kernel import clock
from tests.simulation import stories
from tests.simulation.world import World
from tests.support.invariants import check_money
from tests.support.networks import Networks
from tests.support.people import Customer
from tests.support.vendor import Vendor
from wallets import requery
from wallets.inbox.documents import WebhookEvent
from wallets.ledger.documents import LedgerEntry, Transaction, Wallet
from wallets.ledger.vendor_objects import VendorObject
from wallets.review.documents import ReviewCase

_MAX_STORIES = 2
# The check after each schedule reads the customer's whole history, so a customer is replaced.
_SCHEDULES_PER_CUSTOMER = 10
_INITIAL_NAIRA = "100000"
_BOOKS = (Wallet, Transaction, LedgerEntry, VendorObject, WebhookEvent, ReviewCase)


class Simulation:
    """Plays schedules one after the other. counts: how often each decision was taken."""

    world: World

    def __init__(self, sandbox: str) -> None:
        self.counts: Counter[str] = Counter()
        self._vendor = Vendor(sandbox)
        self._played = 0

    def play(self, seed: int, number: int) -> None:
        """Raises: AssertionError if money is not right at the end."""
        if self._played % _SCHEDULES_PER_CUSTOMER == 0:
            self._reset()
        self._played += 1
        self.world = world = World(f"{seed}:{number}")
        world.user_ids.add(self._customer.user.pk)
        kinds = world.random.choices(stories.KINDS, k=world.random.randint(1, _MAX_STORIES))
        played = [
            kind(world, self._vendor, self._customer, f"{number}-{place}")
            for place, kind in enumerate(kinds)
        ]
        world.play()
        for story in played:
            story.check()
        check_money(self._customer.wallet)
        assert self._customer.wallet.held == 0
        self._count(world.scheduler.trace)

    def _reset(self) -> None:
        """Make a new customer with money. All books are empty before: ours and the vendors'.

        The vendors send no webhooks and leave every transfer and purchase undecided.
        """
        self._vendor.reset()
        self._vendor.webhooks(drop=1_000)
        self._vendor.transfers(outcome="pending")
        networks = Networks(self._vendor)
        networks.callbacks(drop=1_000)
        networks.behave(deliver_any=False, duplicate_window_s=0)
        for document in _BOOKS:
            document._get_collection().delete_many({})
        self._customer = Customer()
        funding = self._customer.fund(_INITIAL_NAIRA)
        self._vendor.pay(funding["link"])
        requery.requery(reference=funding["tx_ref"], now=clock.now())

    def _count(self, trace: list[str]) -> None:
        self.counts["turns"] += len(trace)
        for line in trace:
            _, change, what = line.partition(": vendor: ")
            if change:
                self.counts[f"vendor: {what.split()[0]}"] += 1
                continue
            for word in ("dies", "is away", "lost", "failed"):
                if f" {word}" in line:
                    self.counts[word] += 1
