"""What VTpass says afterwards about purchases, for reconciliation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from airtime.purchases import services
from wallets.flows import Statement, StatementSource
from wallets.ledger.vendor_objects import ObjectKind, VendorObject


def list_purchases(*, start: datetime, end: datetime, now: datetime) -> Iterator[Statement]:
    """Nothing: this vendor has no list, so it is asked about each purchase of ours."""
    return iter(())


def find_purchase(*, known: VendorObject, now: datetime) -> Statement | None:
    """Raises: VendorUnavailable."""
    return services.statement(known, now=now)


SOURCES = (
    StatementSource(
        name="vtpass purchases",
        kind=ObjectKind.PURCHASE,
        list=list_purchases,
        find=find_purchase,
    ),
)
