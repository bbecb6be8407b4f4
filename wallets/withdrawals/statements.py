"""What Flutterwave says afterwards about transfers, for reconciliation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from payflow.kernel import clock
from wallets.clients import UnreadableRow
from wallets.flows import Statement, StatementSource
from wallets.ledger.vendor_objects import ObjectKind, VendorObject
from wallets.withdrawals import services, vendor


def list_transfers(*, start: datetime, end: datetime, now: datetime) -> Iterator[Statement]:
    """Raises: VendorUnavailable."""
    days = clock.utc_days(start, end)  # Assumed: the vendor counts its days in UTC.
    for row in vendor.client().list_transfers(*days):
        if isinstance(row, UnreadableRow):
            yield Statement.unreadable(row.vendor_id, f"{row.problem}: {row.row}")
        elif clock.is_within(row.created_at, start, end):
            yield services.statement(row, now=now)


def find_transfer(*, known: VendorObject, now: datetime) -> Statement | None:
    """Raises: VendorUnavailable."""
    transfer = vendor.client().find_transfer(known.vendor_id)
    return None if transfer is None else services.statement(transfer, now=now)


SOURCES = (
    StatementSource(
        name="flutterwave transfers",
        kind=ObjectKind.TRANSFER,
        list=list_transfers,
        find=find_transfer,
    ),
)
