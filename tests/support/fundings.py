"""Paid fundings in this process, and their webhook events."""

from __future__ import annotations

from typing import Any

from payflow.kernel import clock
from tests.support.people import Customer
from tests.support.vendor import Vendor
from wallets.inbox import services as inbox
from wallets.inbox.documents import WebhookEvent


def fund_and_pay(
    customer: Customer, vendor: Vendor, asked: str = "1500.00", **overrides: str
) -> tuple[dict[str, Any], int | None]:
    """The JSON of a new funding, and the vendor's id of the payment for it."""
    funding = customer.fund(asked)
    return funding, vendor.pay(funding["link"], **overrides)


def find_event(text: str) -> WebhookEvent:
    """The latest event whose body contains this text, such as a reference."""
    return WebhookEvent.objects(raw_body__contains=text).order_by("-received_at").first()


def process_event(text: str) -> WebhookEvent:
    """Process the latest event whose body contains this text, as a worker does."""
    event = find_event(text)
    inbox.process(event_id=event.pk, now=clock.now())
    return WebhookEvent.objects.get(pk=event.pk)
