"""Flutterwave, as a test sees it: the checkout page, and the control endpoints of the sandbox."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import requests


class Vendor:
    """One running sandbox; its half that is Flutterwave. `Networks` is the half that is VTpass."""

    def __init__(self, url: str) -> None:
        self.url = url

    def pay(self, link: str, outcome: str = "successful", **overrides: str) -> int | None:
        return pay_on_page(link, outcome, **overrides)

    def settle(self, transaction_id: int, status: str) -> None:
        """End a payment that is pending or has failed with this status."""
        self._post(f"/control/flutterwave/transactions/{transaction_id}", {"status": status})

    def correct(self, transaction_id: int, status: str) -> None:
        """Change a payment that has ended: successful to failed, reversed or voided, or back."""
        wanted = {"status": status, "correct": True}
        self._post(f"/control/flutterwave/transactions/{transaction_id}", wanted)

    def pay_again(self, tx_ref: str, amount: str | int, currency: str = "NGN", **more: Any) -> int:
        """A bank transfer beside the page, under any tx_ref; the id of the payment.

        more: status, payment_type.
        """
        wanted = {"tx_ref": tx_ref, "amount": amount, "currency": currency, **more}
        payment: int = self._post("/control/flutterwave/payments", wanted)["transaction"]["id"]
        return payment

    def refund(self, payment_id: int, amount: str | int | None = None, **more: Any) -> int:
        """A refund from the vendor's dashboard, of all that is left by default; its id.

        more: status, webhook (bare, event or none), comments.
        """
        wanted = more if amount is None else {"amount": amount, **more}
        path = f"/control/flutterwave/transactions/{payment_id}/refunds"
        refund: int = self._post(path, wanted)["refund"]["id"]
        return refund

    def move_refund(self, refund_id: int, status: str, **more: str) -> None:
        """Give the refund this status: new, pending, completed or failed."""
        self._post(f"/control/flutterwave/refunds/{refund_id}", {"status": status, **more})

    def refunds(self, **policy: str) -> None:
        """Set the first status of refunds from now on, and their webhook."""
        self._post("/control/flutterwave/refunds", policy)

    def charge_back(self, payment_id: int, amount: str | int | None = None, **more: int) -> int:
        """A chargeback on all that is left of the payment by default; its id.

        more: due_in_hours.
        """
        wanted: dict[str, Any] = {**more} if amount is None else {"amount": amount, **more}
        path = f"/control/flutterwave/transactions/{payment_id}/chargebacks"
        chargeback: int = self._post(path, wanted)["chargeback"]["id"]
        return chargeback

    def decide_chargeback(self, chargeback_id: int, status: str) -> None:
        """Give it this status: initiated, accepted, declined, won or lost."""
        self._post(f"/control/flutterwave/chargebacks/{chargeback_id}", {"status": status})

    def announce_chargebacks(self, webhook: str) -> None:
        """Set when chargebacks send a webhook: none, created or each."""
        self._post("/control/flutterwave/chargebacks", {"webhook": webhook})

    def tax(self, **policy: bool) -> None:
        """Set what payments and transfers cost from now on: vat, duty."""
        self._post("/control/flutterwave/money", policy)

    def balance(self) -> tuple[int, int]:
        """Our available balance and our ledger balance in naira, both in kobo."""
        books = self.books()
        return books["balance_kobo"], books["ledger_balance_kobo"]

    def answer_stale(self, name: int | str, status: str, times: int = 1) -> None:
        """Show this status of a payment or a transfer in the next answers about it.

        name: the vendor's id, a tx_ref or a transfer's reference.
        """
        wanted = {"id": name, "status": status, "times": times}
        self._post("/control/flutterwave/stale", wanted)

    def answer_truly(self) -> None:
        """End every answer_stale()."""
        requests.delete(f"{self.url}/control/flutterwave/stale", timeout=10).raise_for_status()

    def answer_unknown(self, answer: str) -> None:
        """Set how verify answers for an unknown payment: 400, 200 or invalid_id."""
        self._post("/control/flutterwave/transactions", {"not_found": answer})

    def retry(self, reference: str) -> str:
        """Retry a failed transfer from the vendor's dashboard; the new transfer's reference."""
        path = f"/control/flutterwave/transfers/{reference}/retries"
        again: str = self._post(path, {})["transfer"]["reference"]
        return again

    def transfers(self, **policy: Any) -> None:
        """Set how transfers end from now on: outcome, delay_s, reason, early."""
        self._post("/control/flutterwave/transfers", policy)

    def end_transfer(self, reference: str, status: str, **more: str) -> None:
        """Give the transfer this status, whether it was decided before or not."""
        self._post(f"/control/flutterwave/transfers/{reference}", {"status": status, **more})

    def payouts(self, reference: str) -> list[dict[str, Any]]:
        return self.books(reference)["payouts"]

    def fault(self, kind: str, endpoint: str = "*", times: int = 1, **more: Any) -> None:
        self._post(
            "/control/faults",
            {"vendor": "flutterwave", "endpoint": endpoint, "kind": kind, "times": times, **more},
        )

    def reset_faults(self) -> None:
        requests.delete(f"{self.url}/control/faults", timeout=10).raise_for_status()

    def webhooks(self, **policy: Any) -> None:
        self._post("/control/webhooks", policy)

    def deliveries(self, reference: str) -> list[dict[str, Any]]:
        """The webhooks about this reference and our answers to them, oldest first."""
        answer = requests.get(f"{self.url}/control/webhooks", timeout=10).json()
        return [each for each in answer["deliveries"] if each["reference"] == reference]

    def behave(self) -> None:
        """End every fault and every policy that a test has set. The books stay."""
        self.reset_faults()
        usual: dict[str, Any] = {
            "duplicate": 0,
            "delay_s": 0,
            "reorder": 0,
            "hold": False,
            "drop": 0,
        }
        self.webhooks(**usual, shape="v3", signature="verif-hash", form=False)
        self.transfers(outcome="successful", delay_s=0.3, early=False)
        self.refunds(status="completed", webhook="bare")
        self.announce_chargebacks("none")
        self.tax(vat=True, duty=False)
        self.answer_unknown("400")
        self.answer_truly()
        self.webhooks(vendor="vtpass", **usual, shape="wrapped")
        policy: dict[str, Any] = {"outcomes": {}, "pending_s": None, "force": []}
        policy |= {"force_requery": [], "recipient_spelling": "same", "convenience_fees": {}}
        self._post("/control/vtpass/policy", policy)

    def send(self, body: Any, **more: Any) -> None:
        self._post("/control/webhooks/send", {"body": body, **more})

    def release(self) -> None:
        self._post("/control/webhooks/release", {})

    def books(self, reference: str | None = None) -> dict[str, Any]:
        answer = requests.get(
            f"{self.url}/control/books", params={"reference": reference}, timeout=10
        )
        return answer.json()["flutterwave"]

    def calls(self, reference: str) -> list[dict[str, Any]]:
        answer = requests.get(
            f"{self.url}/control/calls", params={"reference": reference}, timeout=10
        )
        return answer.json()["calls"]

    def advance(self, seconds: float) -> None:
        """Move the vendor's clock forward. Ours stays."""
        self._post("/control/clock", {"advance_s": seconds})

    def reset(self) -> None:
        self._post("/control/reset", {})

    def _post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The answer's JSON."""
        answer = requests.post(self.url + path, json=body, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()


def pay_on_page(link: str, outcome: str = "successful", **overrides: str) -> int | None:
    """Pay on the checkout page; the id of the vendor's transaction, if there is one."""
    answer = requests.post(f"{link}/pay", json={"outcome": outcome, **overrides}, timeout=10)
    answer.raise_for_status()
    return answer.json()["transaction_id"]


def charge(transaction_id: int | None, tx_ref: str, status: str = "successful") -> bytes:
    """The body of a payment's webhook. Its amount is wrong, and must not matter."""
    return json.dumps(
        {
            "event": "charge.completed",
            "data": {
                "id": transaction_id,
                "tx_ref": tx_ref,
                "status": status,
                "amount": 99_999_999,
                "currency": "NGN",
            },
            "event.type": "CARD_TRANSACTION",
        }
    ).encode()


def disbursed(transfer_id: int | None, reference: str, status: str = "SUCCESSFUL") -> bytes:
    """The body of a transfer's webhook. Only the id and the reference are true."""
    return json.dumps(
        {
            "event": "transfer.completed",
            "event.type": "Transfer",
            "data": {"id": transfer_id, "reference": reference, "status": status, "amount": 1},
        }
    ).encode()


def refunded(refund_id: int, payment_id: int, status: str = "completed") -> bytes:
    """The bare body of a refund's webhook. Only the ids are true."""
    return json.dumps(
        {
            "id": refund_id,
            "AmountRefunded": 99_999_999,
            "status": status,
            "TransactionId": payment_id,
        }
    ).encode()


def disputed(chargeback_id: int, payment_id: int, status: str = "initiated") -> bytes:
    """The body of a chargeback's webhook. Only the ids are true."""
    return json.dumps(
        {
            "event": f"chargeback.{status}",
            "data": {
                "id": chargeback_id,
                "tx_id": payment_id,
                "status": status,
                "amount": 99_999_999,
            },
        }
    ).encode()
