"""What vendors do after a first outcome, drawn from the seed: they change their mind.

Refunds and chargebacks from the dashboard, transfers that come back, are retried or paid again,
second payments, payments under references of others, purchases that are taken back, and answers
that contradict a webhook for a while.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import requests

from tests.support.networks import Networks
from tests.support.vendor import Vendor

Json = dict[str, Any]


class Storm:
    """Changes at random what has ended already. `count` says how often each thing happened."""

    def __init__(self, sandbox: str, seed: int) -> None:
        self.count: Counter[str] = Counter()
        self._vendor = Vendor(sandbox)
        self._networks = Networks(self._vendor)
        self._random = random.Random(f"{seed}:storm")
        self._disputed: list[int] = []

    def begin(self) -> None:
        """The vendors write as they are free to write: spellings, shapes, fees, signatures."""
        self._vendor.tax(vat=True, duty=True)
        self._vendor.answer_unknown(self._random.choice(["400", "200", "invalid_id"]))
        self._networks.respell(self._random.choice(["international", "number", "prefixed"]))
        self._networks.charge_fees(mtn="N10")

    def strike(self) -> None:
        """One change, if there is anything to change."""
        signature = self._random.choice(["verif-hash", "flutterwave-signature", "both"])
        self._vendor.webhooks(signature=signature, form=self._random.random() < 0.3)
        changes: tuple[Callable[[], bool], ...] = (
            self._refund,
            self._charge_back,
            self._decide_a_chargeback,
            self._correct_a_payment,
            self._pay_again,
            self._pay_under_a_withdrawal,
            self._pay_under_nothing,
            self._end_a_transfer_differently,
            self._retry_a_transfer,
            self._contradict,
            self._end_a_purchase_differently,
        )
        change = self._random.choice(changes)
        try:
            happened = change()
        except (AssertionError, requests.RequestException):
            happened = False  # the vendor refuses what cannot be, such as a second full refund
        if happened:
            self.count[change.__name__.strip("_")] += 1

    def end(self) -> None:
        """Decide every chargeback that is open."""
        while self._disputed:
            self._decide_a_chargeback()

    def _refund(self) -> bool:
        payment = self._pick("collections", "successful")
        if payment is None:
            return False
        part = self._random.choice([None, None, "100"])
        webhook = self._random.choice(["bare", "event", "none"])
        self._vendor.refund(payment["id"], part, webhook=webhook)
        return True

    def _charge_back(self) -> bool:
        payment = self._pick("collections", "successful")
        if payment is None:
            return False
        self._disputed.append(self._vendor.charge_back(payment["id"]))
        return True

    def _decide_a_chargeback(self) -> bool:
        if not self._disputed:
            return False
        chargeback = self._disputed.pop(0)
        self._vendor.decide_chargeback(chargeback, self._random.choice(["won", "lost"]))
        return True

    def _correct_a_payment(self) -> bool:
        payment = self._pick("collections", "successful")
        if payment is None:
            return False
        self._vendor.correct(payment["id"], self._random.choice(["reversed", "failed"]))
        return True

    def _pay_again(self) -> bool:
        payment = self._pick("collections", None)
        if payment is None:
            return False
        naira = self._random.choice(["50", str(payment["amount"] // 100)])
        self._vendor.pay_again(payment["tx_ref"], naira)
        return True

    def _pay_under_a_withdrawal(self) -> bool:
        payout = self._pick("payouts", None)
        if payout is None:
            return False
        currency = self._random.choice(["NGN", "USD"])
        self._vendor.pay_again(payout["reference"], "70", currency)
        return True

    def _pay_under_nothing(self) -> bool:
        self._vendor.pay_again(f"somebody-else-{self._random.randrange(10**9)}", "60")
        return True

    def _end_a_transfer_differently(self) -> bool:
        status = self._random.choice(["SUCCESSFUL", "FAILED"])
        payout = self._pick("payouts", status)
        if payout is None:
            return False
        opposite = {"SUCCESSFUL": "FAILED", "FAILED": "SUCCESSFUL"}[status]
        self._vendor.end_transfer(payout["reference"], opposite)
        return True

    def _retry_a_transfer(self) -> bool:
        payout = self._pick("payouts", "FAILED")
        if payout is None:
            return False
        self._vendor.retry(payout["reference"])
        return True

    def _contradict(self) -> bool:
        payout = self._pick("payouts", "SUCCESSFUL")
        if payout is None:
            return False
        self._vendor.answer_stale(payout["id"], "NEW", 2)
        return True

    def _end_a_purchase_differently(self) -> bool:
        purchases = self._books()["vtpass"]["purchases"]
        ended = [each for each in purchases if each["status"] in ("delivered", "failed")]
        if not ended:
            return False
        one = self._random.choice(ended)
        opposite = "reversed" if one["status"] == "delivered" else "delivered"
        is_told = self._random.random() < 0.5
        self._networks.end(one["request_id"], opposite, callback=is_told)
        return True

    def _pick(self, kind: str, status: str | None) -> Json | None:
        rows = self._books()["flutterwave"][kind]
        fitting = [row for row in rows if status in (None, row["status"])]
        found: Json | None = self._random.choice(fitting) if fitting else None
        return found

    def _books(self) -> Json:
        answer = requests.get(f"{self._vendor.url}/control/books", timeout=10)
        answer.raise_for_status()
        books: Json = answer.json()
        return books
