"""One schedule: a seed and a number decide the stories, and everything that happens in them."""

from __future__ import annotations

from collections import Counter

from tests.simulation import stories
from tests.simulation.world import World
from tests.support.airtime import Networks
from tests.support.invariants import check_money
from tests.support.people import Customer
from tests.support.vendor import Vendor

_KINDS = (stories.MoneyIn, stories.MoneyOut, stories.Airtime)
_STORIES_AT_MOST = 2
# What is checked at the end of a schedule is the customer's whole history.
_SCHEDULES_A_CUSTOMER = 10
_INITIAL_NAIRA = "100000"


class Simulation:
    """Plays schedules one after the other. told: how often each decision was taken."""

    world: World

    def __init__(self, sandbox: str) -> None:
        self.told: Counter[str] = Counter()
        self._vendor = Vendor(sandbox)
        self._played = 0

    def play(self, seed: int, number: int) -> None:
        """Raises: AssertionError, when money is not right at the end."""
        if self._played % _SCHEDULES_A_CUSTOMER == 0:
            self._open_account()
        self._played += 1
        self.world = world = World(f"{seed}:{number}")
        world.user_ids.add(self._customer.user.pk)
        kinds = world.random.choices(_KINDS, k=world.random.randint(1, _STORIES_AT_MOST))
        told = [
            kind(world, self._vendor, self._customer, f"{number}-{place}")
            for place, kind in enumerate(kinds)
        ]
        world.play()
        for story in told:
            story.check()
        check_money(self._customer.wallet)
        assert self._customer.wallet.held == 0
        self._count(world.scheduler.trace)

    def _open_account(self) -> None:
        """A customer with money, and vendors with empty books that end nothing by themselves."""
        self._vendor.reset()
        self._vendor.webhooks(drop=1_000)
        self._vendor.transfers(outcome="pending")
        networks = Networks(self._vendor)
        networks.callbacks(drop=1_000)
        networks.behave(deliver_any=False, duplicate_window_s=0)
        self._customer = Customer()
        self._customer.receive(_INITIAL_NAIRA)

    def _count(self, trace: list[str]) -> None:
        self.told["turns"] += len(trace)
        for line in trace:
            for word in ("dies", "is away", "lost", "failed"):
                if f" {word}" in line:
                    self.told[word] += 1
