"""Vendor objects in memory, as a vendor's answers make them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from wallets.ledger.documents import ChangeSource
from wallets.ledger.vendor_objects import Fact, VendorObject, first_sight, hear

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def make_object(facts: Iterable[Fact], reference: str) -> VendorObject:
    """The object after these answers of a requery, the first at noon, the others an hour apart."""
    first, *others = facts
    known = first_sight(first, reference, ChangeSource.REQUERY, NOON)
    for hours, other in enumerate(others, 1):
        hear(known, other, ChangeSource.REQUERY, NOON + timedelta(hours=hours))
    return known
