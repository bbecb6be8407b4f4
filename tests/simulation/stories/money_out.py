"""Withdrawals: how the bank ends them, and how it ends them differently later."""

from __future__ import annotations

from functools import partial

from tests.simulation.proofs import check_money_out, payouts_of
from tests.simulation.stories.story import Story
from tests.support.customer import MEANT, withdrawal_order
from tests.support.vendor import disbursed
from wallets.withdrawals.views import Withdraw

# How many turns a bank waits for an order that may never come.
_PATIENCE = 30
_YES, _NO = "SUCCESSFUL", "FAILED"
_RETRY = "retry"
# What happens to the transfer, one after the other. A retry is a transfer with an id of its own.
_ENDS = (
    [_YES],
    [_YES],
    [_NO],
    [_YES, _NO],
    [_NO, _YES],
    [_NO, _RETRY],
    [_NO, _RETRY],
    [_NO, _RETRY, _YES],
)
_RETURNED_LATE_IN_100 = 25
_CONTRADICTED_IN_100 = 15


class MoneyOut(Story):
    """A withdrawal: the bank pays it or refuses it, and changes its mind."""

    type = "WITHDRAWAL"
    _order = {**withdrawal_order("100"), **MEANT}
    _contradicts = False

    def live(self) -> None:
        self._ends = self.world.random.choice(_ENDS)
        user = self.customer.user
        self.world.repeat_until_answered(
            Withdraw, "/wallet/withdraw", self._order, user=user, key=self.key
        )
        for ours in self.transactions():
            self._wait_for_the_bank(ours.reference)

    def _wait_for_the_bank(self, reference: str) -> None:
        for _ in range(_PATIENCE):
            if self.vendor.payouts(reference):
                break
            self.world.scheduler.pause()
        else:
            return
        for end in self._ends:
            if end == _RETRY:
                self._retry(reference)
            else:
                self._end(reference, end)
            # Without a pause the webhooks of two changes may come in any order.
            if self.world.random.randrange(2):
                self.world.scheduler.pause()
        if self.world.random.randrange(100) < _RETURNED_LATE_IN_100:
            self.world.afterwards.append(partial(self._return_late, reference))

    def _end(self, named: str, status: str) -> None:
        """The vendor gives the transfer under this reference of its own a final status."""
        self._record(f"transfer {status}")
        self.vendor.end_transfer(named, status)
        payout = self.vendor.payouts(named)[0]
        copies = self.world.draw_copies()
        if copies and self.world.random.randrange(100) < _CONTRADICTED_IN_100:
            self._record("contradiction")
            self._contradicts = True
            self.vendor.answer_stale(payout["id"], "NEW")
        self.world.call_back(disbursed(payout["id"], named, status), copies=copies)

    def _retry(self, reference: str) -> None:
        """In the vendor's dashboard, after a failure that we may not have heard of yet."""
        self._record("retry")
        again = self.vendor.retry(reference)
        if self.world.random.randrange(2):
            self.world.scheduler.pause()
        self._end(again, self.world.random.choice([_YES, _YES, _NO]))
        # If the first transfer is paid as well, only the vendor's list is sure to show this one.
        self.world.needs_night |= _YES in self._ends

    def _return_late(self, reference: str) -> None:
        """Hours after the end, and without a webhook."""
        for paid in payouts_of(self.vendor, reference, _YES)[:1]:
            self._end(paid["reference"], _NO)

    def decide(self) -> None:
        if self._contradicts:
            self.vendor.answer_truly()
        for ours in self.transactions():
            if any(row["status"] == "NEW" for row in self.vendor.payouts(ours.reference)):
                end = self._ends[-1]
                self.vendor.end_transfer(ours.reference, _NO if end == _RETRY else end)

    def check(self) -> None:
        """The customer is charged once if the bank has paid, however often it did."""
        for ours in self.transactions():
            check_money_out(self.vendor, ours.reference)
