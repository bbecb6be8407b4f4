"""Flutterwave's interface to the server: keys, endpoints, pages, webhooks, books."""

import secrets
from collections.abc import Mapping, Sequence

from aiohttp import web

from dev.sandbox.config import Config
from dev.sandbox.deliveries import Policy, WebhookSender
from dev.sandbox.faults import Fault
from dev.sandbox.flutterwave import (
    balances,
    banks,
    chargebacks,
    checkout,
    events,
    payments,
    refunds,
    signatures,
    transactions,
    transfers,
)
from dev.sandbox.flutterwave.books import build_books
from dev.sandbox.flutterwave.gateway import NO_TRANSACTION, NOT_FOUND_ANSWERS, Gateway
from dev.sandbox.flutterwave.replies import reply_error
from dev.sandbox.journal import Journal
from dev.sandbox.units import Clock
from dev.sandbox.vendor import Endpoint
from dev.sandbox.wire import Json, Refusal

# The vendor also answers 503 when it waited too long for a charge that may have succeeded.
# Source: docs/vendors/flutterwave.md, section 1.
_FAULTS = {
    "http_500": (500, "An error occurred. Please contact support"),
    "http_503_after": (503, "An error occurred. Please contact support"),
    # Two production integrations do not take v3's 400 for final.
    # Source: tests/recorded/flutterwave/flw-transfer-create-unexplained-400.json
    "http_400_after": (400, "An error occurred. Please contact support"),
    # Source: tests/recorded/flutterwave/flw-transfer-create-sync-failed-200.json
    "http_200_after": (200, "Transfer failed"),
    "http_429": (429, "Too many requests"),
    "not_found": (400, NO_TRANSACTION),
}


class Flutterwave:
    """The `dev.sandbox.vendor.Vendor` of this package."""

    name = "flutterwave"
    api_prefix = "/flutterwave/v3"

    def __init__(self, *, config: Config, clock: Clock, journal: Journal) -> None:
        self._authorization = f"Bearer {config.flutterwave_secret_key}"
        self.webhooks = WebhookSender(
            vendor=self.name,
            policy=Policy(
                url=config.flutterwave_webhook_url,
                secret_hash=config.flutterwave_webhook_hash,
                retry_s=config.webhook_retry_s,
                timeout_s=config.webhook_timeout_s,
                signature=signatures.SIGNERS[0],
            ),
            shapes=events.SHAPES,
            signatures=signatures.SIGNERS,
            sign=signatures.sign,
            journal=journal,
            clock=clock,
        )
        self._gateway = Gateway(config=config, clock=clock, journal=journal, webhooks=self.webhooks)
        self.endpoints: Sequence[Endpoint] = (
            *payments.endpoints(self._gateway),
            *transactions.endpoints(self._gateway),
            *refunds.endpoints(self._gateway),
            *chargebacks.endpoints(self._gateway),
            *balances.endpoints(self._gateway),
            *transfers.endpoints(self._gateway),
            *banks.endpoints(),
        )
        self.pages: Sequence[web.RouteDef] = (
            *checkout.pages(self._gateway),
            *transactions.pages(self._gateway),
            *transfers.pages(self._gateway),
            *refunds.pages(self._gateway),
            *chargebacks.pages(self._gateway),
            *balances.pages(self._gateway),
        )

    def authorize(self, endpoint: Endpoint, headers: Mapping[str, str]) -> None:
        given = headers.get("Authorization", "")
        if not given:
            raise Refusal(401, "Authorization required")
        if not secrets.compare_digest(given.encode(), self._authorization.encode()):
            raise Refusal(401, "Invalid authorization key")

    def answer_refusal(self, refusal: Refusal) -> web.Response:
        return reply_error(refusal.status, refusal.message)

    def answer_fault(self, fault: Fault, lost: object, *, endpoint: str) -> web.Response:
        """Some errors after the work carry the object that the call has made.

        Source: tests/recorded/flutterwave/flw-transfer-create-failed-data-400.json
        """
        status, message = _FAULTS[fault.kind]
        if fault.kind == "not_found" and endpoint.startswith("transfer"):
            message = transfers.NOT_FOUND
        elif fault.kind == "not_found" and endpoint.startswith("verify"):
            status, message = NOT_FOUND_ANSWERS[self._gateway.not_found]
        data = None
        if fault.data is not None and isinstance(lost, dict) and isinstance(lost["data"], dict):
            data = lost["data"] | fault.data
        return reply_error(status, fault.message or message, data=data)

    def build_books(self, reference: str | None) -> Json:
        return build_books(self._gateway, reference)

    def reset(self) -> None:
        """Restore the first policies; the other state is in the journal's stores."""
        self._gateway.reset()
