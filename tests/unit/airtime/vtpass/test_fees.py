"""The fee that the vendor adds to a service's price, in its free text."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from airtime import catalogue
from airtime.clients import Service, ServiceFee, ServiceKind
from airtime.vtpass import catalogue as client


def listed(monkeypatch: pytest.MonkeyPatch, fee: Any) -> Service:
    row = {
        "serviceID": "mtn",
        "name": "MTN",
        "minimium_amount": "5",
        "maximum_amount": 1000,
        "convinience_fee": fee,
    }
    monkeypatch.setattr(client, "read_content", lambda *a, **k: [row])
    [service] = client.list_services(ServiceKind.AIRTIME)
    return service


@pytest.mark.parametrize(
    ("text", "fee"),
    [
        ("0 %", ServiceFee()),
        ("N0", ServiceFee()),
        ("N100", ServiceFee(flat_kobo=100_00)),
        ("NGN 1,000.50", ServiceFee(flat_kobo=1000_50)),
        ("₦100", ServiceFee(flat_kobo=100_00)),
        ("1.5 %", ServiceFee(basis_points=150)),
        ("2%", ServiceFee(basis_points=200)),
        (100, ServiceFee(flat_kobo=100_00)),
        (None, ServiceFee()),
        ("", ServiceFee()),
        ("ask us", ServiceFee()),
        ("-5", ServiceFee()),
        (",", ServiceFee()),
    ],
)
def test_a_fee_is_a_sum_or_a_part(
    monkeypatch: pytest.MonkeyPatch, text: Any, fee: ServiceFee
) -> None:
    """One that cannot be read hides no service, and counts as none."""
    assert listed(monkeypatch, text).fee == fee


def test_a_part_of_a_kobo_is_a_whole_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sold at a loss."""
    assert listed(monkeypatch, "1.5 %").fee_kobo(100_01) == 151
    assert listed(monkeypatch, "1.5 %").fee_kobo(100_00) == 150
    assert listed(monkeypatch, "N100").fee_kobo(8400_00) == 100_00
    assert listed(monkeypatch, "0 %").fee_kobo(8400_00) == 0


def test_the_cache_keeps_the_fee(monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy that was stored before fees were read has none."""
    row = {**asdict(listed(monkeypatch, "N100")), "kind": "airtime"}
    old = {name: value for name, value in row.items() if name != "fee"}

    assert catalogue._read_cached(row).fee == ServiceFee(flat_kobo=100_00)
    assert catalogue._read_cached(old).fee == ServiceFee()
