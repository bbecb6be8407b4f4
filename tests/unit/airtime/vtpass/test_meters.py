"""Electricity meters: the content of an answer decides, not its code."""

from __future__ import annotations

from typing import Any

import pytest

from airtime.clients import Meter, MeterKind
from airtime.vtpass import meters
from payflow.kernel.errors import VendorAccountFault, VendorUnavailable

RIGHT = {"Customer_Name": "TESTMETER1", "Address": "ABULE", "Can_Vend": "yes"}


def verified(monkeypatch: pytest.MonkeyPatch, body: dict[str, Any]) -> Meter | None:
    monkeypatch.setattr(meters, "read_meter", lambda _: body)
    return meters.verify_meter("ikeja-electric", "1111111111111", MeterKind.PREPAID)


@pytest.mark.parametrize("code", ["000", "020"])
@pytest.mark.parametrize(
    "content",
    [
        {"error": "This meter is not correct or is not a valid Ikeja Electric number"},
        RIGHT | {"WrongBillersCode": True},
        RIGHT | {"WrongBillersCode": "true"},
    ],
)
def test_a_wrong_number_is_no_meter(
    monkeypatch: pytest.MonkeyPatch, code: str, content: dict[str, Any]
) -> None:
    """Although its code is that of a right one."""
    assert verified(monkeypatch, {"code": code, "content": content}) is None


def test_a_meter_has_its_owner_and_its_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Amounts are in naira, and may be empty."""
    content = RIGHT | {
        "Meter_Number": 68100017372,
        "Can_Vend": "No",
        "Minimum_Amount": "",
        "Min_Purchase_Amount": "1,000",
        "Customer_Arrears": 250.5,
    }

    meter = verified(monkeypatch, {"code": "000", "content": content})

    assert meter == Meter("68100017372", "TESTMETER1", "ABULE", False, 1000_00, 250_50)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"code": "030"}, VendorUnavailable),
        ({"code": "012"}, VendorUnavailable),
        ({"code": "087"}, VendorAccountFault),
        ({"code": "000"}, VendorUnavailable),
        ({"code": "000", "content": {"Address": "x"}}, VendorUnavailable),
        ({}, VendorUnavailable),
    ],
)
def test_an_answer_that_names_nobody_says_nothing_about_the_meter(
    monkeypatch: pytest.MonkeyPatch, body: dict[str, Any], error: type[Exception]
) -> None:
    """The distributor is away, or the vendor refuses us: a customer may try again."""
    with pytest.raises(error):
        verified(monkeypatch, body)
