"""The meaning of VTpass's codes, and of codes that it never documented."""

import pytest

from airtime.clients import PurchaseVerdict
from airtime.vtpass import codes


@pytest.mark.parametrize("code", ["000", "001"])
@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ("delivered", PurchaseVerdict.DELIVERED),
        ("DELIVERED", PurchaseVerdict.DELIVERED),
        ("failed", PurchaseVerdict.FAILED),
        ("reversed", PurchaseVerdict.REVERSED),
        ("initiated", PurchaseVerdict.UNKNOWN),
        ("pending", PurchaseVerdict.UNKNOWN),
        ("resolved", PurchaseVerdict.UNKNOWN),
        ("successful", PurchaseVerdict.UNKNOWN),
        ("", PurchaseVerdict.UNKNOWN),
        (None, PurchaseVerdict.UNKNOWN),
        (1, PurchaseVerdict.UNKNOWN),
        (["delivered"], PurchaseVerdict.UNKNOWN),
    ],
)
def test_a_processed_request_has_the_verdict_of_its_status(
    code: str, status: object, verdict: PurchaseVerdict
) -> None:
    """Only the vendor's own word for it is a delivery."""
    assert codes.rule_for(code, status).verdict is verdict


@pytest.mark.parametrize(
    "code", [None, 0, 16, 16.0, True, "", " ", "16 ", "999", "029", "0016", "OK", [], {}]
)
def test_an_unknown_code_decides_nothing(code: object) -> None:
    """Missing, a number, or undocumented: the requery decides."""
    assert codes.rule_for(code, "delivered").verdict is PurchaseVerdict.UNKNOWN


@pytest.mark.parametrize("code", sorted(codes.RULES))
@pytest.mark.parametrize("status", ["delivered", "Delivered", "pending", "initiated", "odd", 1])
def test_a_no_around_a_status_that_is_none_decides_nothing(code: str, status: object) -> None:
    """The vendor has delivered purchases that it reported as failed."""
    assert codes.rule_for(code, status).verdict is PurchaseVerdict.UNKNOWN


@pytest.mark.parametrize("code", sorted(codes.RULES.keys() - {"015"}))
@pytest.mark.parametrize("status", ["failed", "reversed", None, ""])
def test_a_no_with_a_status_that_agrees_or_is_missing_stands(code: str, status: object) -> None:
    """The row of the code says what it means for the money."""
    assert codes.rule_for(code, status) is codes.RULES[code]


@pytest.mark.parametrize("status", ["failed", "reversed", "delivered"])
def test_a_purchase_with_a_status_is_not_absent(status: str) -> None:
    """015 says that the vendor knows no such request, and yet it shows it."""
    assert codes.rule_for("015", status).verdict is PurchaseVerdict.UNKNOWN
    assert codes.rule_for("015", None).verdict is PurchaseVerdict.ABSENT


def test_a_code_without_its_leading_zeros_is_read() -> None:
    """Codes are texts of three digits."""
    assert codes.rule_for("16", None) is codes.RULES["016"]
    assert codes.rule_for("0", "delivered").verdict is PurchaseVerdict.DELIVERED
