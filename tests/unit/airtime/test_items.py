"""What a customer pays for an item: the catalogue's price, and the vendor's fee."""

from __future__ import annotations

import pytest

from airtime.clients import Service, ServiceFee, ServiceKind
from airtime.purchases import items


@pytest.mark.parametrize(
    ("fee", "fee_kobo", "shown"),
    [
        (ServiceFee(), 0, None),
        (ServiceFee(flat_kobo=100_00), 100_00, "100.00"),
        (ServiceFee(basis_points=150), 7_50, "7.50"),
    ],
)
def test_the_vendors_fee_is_added_to_the_price_and_shown(
    fee: ServiceFee, fee_kobo: int, shown: str | None
) -> None:
    """Only if there is one."""
    service = Service("mtn", "MTN", ServiceKind.AIRTIME, "MTN", 5_00, 1000_00, "", fee)

    item = items._item(service, 500_00, "08031234567", {})

    assert (item.amount_kobo, item.fee_kobo) == (500_00, fee_kobo)
    assert item.details.get("convenience_fee") == shown
