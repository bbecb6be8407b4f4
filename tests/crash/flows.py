"""The rows of the matrix: each flow, which process dies in it, and at which steps it can."""

from __future__ import annotations

from dataclasses import dataclass

from tests.crash import cells
from tests.crash.cells import Cell


@dataclass(frozen=True)
class Flow:
    """One row. dies: the part that is armed, web or worker."""

    name: str
    dies: str
    cell: type[Cell]
    steps: tuple[str, ...]


def _block(name: str) -> tuple[str, ...]:
    return (f"in-block:{name}", f"before-commit:{name}", f"after-commit:{name}")


def _call(path: str) -> tuple[str, ...]:
    return (f"before-vendor:{path}", f"after-vendor:{path}")


def _publish(task: str) -> tuple[str, ...]:
    return (f"before-publish:{task}", f"after-publish:{task}")


def _notify(status: str) -> tuple[str, ...]:
    return (f"before-notify:{status}", f"after-notify:{status}")


_EVENT = "wallets.process_webhook_event"

FLOWS = (
    Flow(
        "settle a funding", "worker", cells.SettleFunding,
        (*_call("/transactions/"), *_block("wallets.funding.events._settle"), *_notify("SUCCESS"),
         f"before-ack:{_EVENT}"),
    ),
    Flow(
        "send a transfer", "worker", cells.SendTransfer,
        (*_call("/transfers"), *_block("wallets.withdrawals.services.apply_all"),
         "before-ack:wallets.send_transfer"),
    ),
    Flow(
        "settle a transfer", "worker", cells.SettleTransfer,
        (*_call("/transfers/"), *_block("wallets.withdrawals.events._settle"), *_notify("SUCCESS"),
         f"before-ack:{_EVENT}"),
    ),
    Flow(
        "reverse a transfer", "worker", cells.Reverse,
        (*_call("/transfers/"), *_block("wallets.withdrawals.events._settle"), *_notify("SUCCESS"),
         f"before-ack:{_EVENT}"),
    ),
    Flow(
        "pay by a retry", "worker", cells.Retry,
        (*_call("/transfers/"), *_block("wallets.withdrawals.events._settle"), *_notify("SUCCESS"),
         f"before-ack:{_EVENT}"),
    ),
    Flow(
        "keep a second payment", "worker", cells.PayTwice,
        (*_call("/transactions/"), *_block("wallets.funding.events._settle"),
         f"before-ack:{_EVENT}"),
    ),
    Flow(
        "take back a refund", "worker", cells.TakeBack,
        (*_call("/refunds/"), *_block("wallets.funding.services._apply_fact"),
         *_notify("SUCCESS"), f"before-ack:{_EVENT}"),
    ),
    Flow(
        "freeze a chargeback", "worker", cells.Dispute,
        (*_call("/chargebacks"), *_block("wallets.funding.services._apply_fact"),
         f"before-ack:{_EVENT}"),
    ),
    Flow(
        "lose a chargeback", "worker", cells.LoseDispute,
        (*_call("/chargebacks"), *_block("wallets.funding.services._apply_fact"),
         *_notify("SUCCESS"), f"before-ack:{_EVENT}"),
    ),
    Flow(
        "requery a purchase", "worker", cells.Requery,
        (*_call("/requery"), *_block("airtime.purchases.services.apply"), *_notify("SUCCESS"),
         "before-ack:airtime.requery"),
    ),
    Flow(
        "start a funding", "web", cells.StartFunding,
        (*_block("wallets.funding.services._record"), *_notify("PENDING"), *_call("/payments"),
         "before-answer:/api/v1/wallet/fund"),
    ),
    Flow(
        "receive a webhook", "web", cells.ReceiveWebhook,
        ("before-inbox", "after-inbox", *_publish(_EVENT),
         "before-answer:/api/v1/wallet/flutterwave/webhook"),
    ),
    Flow(
        "request a withdrawal", "web", cells.RequestWithdrawal,
        (*_call("/accounts/resolve"), *_block("wallets.withdrawals.services._record"),
         *_notify("PENDING"), "after-hold", *_publish("wallets.send_transfer"),
         "before-answer:/api/v1/wallet/withdraw"),
    ),
    Flow(
        "buy airtime: the hold", "web", cells.BuyAirtime,
        (*_block("airtime.purchases.services._record"), *_notify("PENDING"), "after-hold"),
    ),
    Flow("buy airtime: the claim", "web", cells.BuyAirtime, _block(cells.CLAIM)),
    Flow(
        "buy airtime: the outcome", "web", cells.BuyAirtime,
        (*_call("/pay"), *_block("airtime.purchases.services.apply"), *_notify("SUCCESS"),
         "before-answer:/api/v1/airtime/purchase"),
    ),
    Flow(
        "buy a data bundle", "web", cells.BuyData,
        ("after-hold", *_call("/pay"), "before-commit:airtime.purchases.services.apply",
         "after-commit:airtime.purchases.services.apply",
         "before-answer:/api/v1/airtime/purchase"),
    ),
)  # fmt: skip
