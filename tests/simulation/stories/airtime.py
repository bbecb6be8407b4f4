"""Purchases: how the network ends them, and how it ends them differently later."""

from __future__ import annotations

from functools import partial
from typing import Any

from airtime.purchases.callbacks import VtpassWebhook
from airtime.purchases.views import Purchase
from tests.simulation.stories.story import Story
from tests.support.airtime import purchase_update
from tests.support.books import check_purchase
from tests.support.customer import DELIVERED, MEANT, PENDING, purchase_order
from tests.support.networks import Networks
from wallets.ledger.documents import Transaction, TransactionStatus

_UNDECIDED = ("initiated", "pending")
# What follows the first outcome. A purchase that was refused at first stays refused.
_LATER: tuple[tuple[str, ...], ...] = ((), (), ("reversed",), ("reversed", "delivered"))
_REVERSED_LATE_IN_100 = 25


class Airtime(Story):
    """A purchase: delivered or refused, perhaps pending before; taken back, delivered again."""

    type = "AIRTIME"

    def live(self) -> None:
        phone = self.world.random.choice([DELIVERED, "08031234567", PENDING])
        self._end = self.world.random.choice(["delivered", "failed"])
        later = self.world.random.choice(_LATER)
        order = {**purchase_order(phone, amount="100"), **MEANT}
        user = self.customer.user
        self.world.repeat_until_answered(
            Purchase, "/airtime/purchase", order, user=user, key=self.key
        )
        self.world.scheduler.pause()
        for ours in self._end_pending():
            self._announce(ours, self._end)
        for ours in self.transactions():
            for status in later:
                self._change(ours, status)
                self.world.scheduler.pause()
            if self.world.random.randrange(100) < _REVERSED_LATE_IN_100:
                self.world.afterwards.append(partial(self._change, ours, "reversed"))

    def _change(self, ours: Transaction, status: str) -> None:
        """Take back what was delivered, or deliver what was taken back."""
        before = {"reversed": "delivered", "delivered": "reversed"}[status]
        line = self._line(ours)
        if line is not None and line["status"] == before:
            self._record(f"purchase {status}")
            self._networks.end(line["request_id"], status)
            self._announce(ours, status)

    def _announce(self, ours: Transaction, status: str) -> None:
        if self.world.draw_copies():
            body = purchase_update(self._request_id(ours), status)
            self.world.call_back_vtpass(VtpassWebhook, body)

    def decide(self) -> None:
        self._end_pending()

    def _end_pending(self) -> list[Transaction]:
        """End all that is pending at the vendor. Returns what was."""
        pending = [
            ours
            for ours in self.transactions()
            if (line := self._line(ours)) and line["status"] in _UNDECIDED
        ]
        for ours in pending:
            self._networks.end(str(self._request_id(ours)), self._end)
        return pending

    def _line(self, ours: Transaction) -> dict[str, Any] | None:
        request_id = self._request_id(ours)
        return self._networks.purchase(request_id) if request_id else None

    def _request_id(self, ours: Transaction) -> str | None:
        """As it is now: the purchase may have been sent after `ours` was read."""
        now: str | None = Transaction.objects.get(pk=ours.pk).vendor_id
        return now

    @property
    def _networks(self) -> Networks:
        return Networks(self.vendor)

    def check(self) -> None:
        """Charged exactly if it was delivered; the vendor was asked once, under a known id."""
        for ours in self.transactions():
            is_delivered = check_purchase(self._networks, ours.reference)
            has_ended = ours.status is TransactionStatus.SUCCESS
            assert has_ended or not is_delivered
        lines = self._networks.books()["purchases"]
        known = Transaction.objects(user_id=self.customer.user.pk, type__in=["AIRTIME", "DATA"])
        assert {row["request_id"] for row in lines} <= {t.vendor_id for t in known}
