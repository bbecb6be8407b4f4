"""Fundings: how they are paid, and what is given or taken back of their payments."""

from __future__ import annotations

from typing import Any

from tests.simulation.proofs import check_money_in
from tests.simulation.stories.story import Story
from tests.support.customer import MEANT
from tests.support.vendor import charge, disputed, refunded
from wallets.funding.views import Fund

_ORDER = {"amount": "500.00"}
_PART_NAIRA = "20"
_MOST_CHANGES = 2
# Of a hundred fundings, how many are changed again when all else has ended.
_CHANGED_LATE_IN_100 = 15


class MoneyIn(Story):
    """A funding: attempts that fail, succeed, or have another amount, and what follows them."""

    type = "FUNDING"
    _reference: str | None = None

    def live(self) -> None:
        attempts = self.world.random.choice(
            [["successful"], ["failed", "successful"], ["pending"], ["failed"], ["short"], []]
        )
        answer = self.world.repeat_until_answered(
            Fund, "/wallet/fund", {**_ORDER, **MEANT}, user=self.customer.user, key=self.key
        )
        if answer is None or answer.status_code != 201:
            return
        self._reference = answer.data["tx_ref"]
        for outcome in attempts:
            self._attempt(answer.data["link"], outcome)
            self.world.scheduler.pause()
        for _ in range(self.world.random.randint(0, _MOST_CHANGES)):
            self._change()
            self.world.scheduler.pause()
        if self.world.random.randrange(100) < _CHANGED_LATE_IN_100:
            self.world.afterwards.append(self._refund)

    def _attempt(self, link: str, outcome: str) -> None:
        amount = {"amount": "499"} if outcome == "short" else {}
        status = outcome if outcome in ("failed", "pending") else "successful"
        paid = self.vendor.pay(link, status, **amount)
        self._announce_payment(paid, status)
        if outcome == "pending":
            self.world.scheduler.pause()
            assert paid is not None
            end = self.world.random.choice(["successful", "failed"])
            self.vendor.settle(paid, end)
            self._announce_payment(paid, end)

    def _change(self) -> None:
        """Something that the vendor did without being asked."""
        self.world.random.choice([self._pay_again, self._refund, self._charge_back])()

    def _pay_again(self) -> None:
        """A bank transfer beside the page: a second payment, or the first one."""
        assert self._reference is not None
        naira = self.world.random.choice(["500", "50"])
        self._record(f"payment of {naira} beside the page")
        paid = self.vendor.pay_again(self._reference, naira)
        self._announce_payment(paid, "successful")

    def _refund(self) -> None:
        """From the dashboard, of a part or of all that is left. It may be pending first."""
        if (payment := self._find_payment()) is None:
            return
        part = self.world.random.choice([None, _PART_NAIRA])
        statuses = self.world.random.choice(
            [["completed"], ["pending", "completed"], ["pending", "failed"]]
        )
        self.world.needs_polls = True
        self._record(f"refund of {part or 'all'} {' '.join(statuses)}")
        refund = self.vendor.refund(payment, part, status=statuses[0], webhook="none")
        self._announce(refunded(refund, payment, statuses[0]))
        for status in statuses[1:]:
            self.world.scheduler.pause()
            self.vendor.move_refund(refund, status, webhook="none")
            self._announce(refunded(refund, payment, status))

    def _charge_back(self) -> None:
        """The payer disputes a part, or all that is left. Some are decided only at the end."""
        if (payment := self._find_payment()) is None:
            return
        part = self.world.random.choice([None, _PART_NAIRA])
        self.world.needs_polls = True
        self._record(f"chargeback of {part or 'all'}")
        chargeback = self.vendor.charge_back(payment, part)
        self._announce(disputed(chargeback, payment, "initiated"))
        if self.world.random.randrange(2):
            self.world.scheduler.pause()
            self._decide_chargeback(chargeback, payment)

    def _decide_chargeback(self, chargeback: int, payment: int) -> None:
        status = self.world.random.choice(["won", "lost"])
        self._record(f"chargeback {status}")
        self.vendor.decide_chargeback(chargeback, status)
        self._announce(disputed(chargeback, payment, status))

    def _find_payment(self) -> int | None:
        """The id of a payment that still has as much as a change takes."""
        books = self._read_books()
        left = {
            each["id"]: each["amount"]
            for each in books["collections"]
            if each["status"] == "successful"
        }
        for each in (*books["refunds"], *books["chargebacks"]):
            if each["status"] not in ("failed", "won"):
                left[each["transaction_id"]] -= each["amount"]
        enough = [payment for payment, kobo in left.items() if kobo >= int(_PART_NAIRA) * 100]
        return self.world.random.choice(enough) if enough else None

    def _read_books(self) -> dict[str, Any]:
        assert self._reference is not None
        return self.vendor.books(self._reference)

    def _announce_payment(self, paid: int | None, status: str) -> None:
        assert self._reference is not None
        copies = self._announce(charge(paid, self._reference, status))
        if status == "successful" and not copies:
            # The payment may have come after the page expired, when PayFlow asks no more.
            self.world.needs_night = True

    def _announce(self, body: bytes) -> int:
        """Send a webhook, or two, or none. Returns how many."""
        copies = self.world.draw_copies()
        self.world.call_back(body, copies=copies)
        return copies

    def decide(self) -> None:
        if self._reference is None:
            return
        for each in self._read_books()["chargebacks"]:
            if each["status"] == "initiated":
                self._decide_chargeback(each["id"], each["transaction_id"])

    def check(self) -> None:
        """The customer has what the vendor collected for them and has not taken back."""
        if self._reference is not None:
            check_money_in(self.vendor, self._reference)
