"""The vendor's words, and what is made of words that it never used."""

import pytest

from airtime.vendors import PurchaseVerdict
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
def test_a_processed_request_is_what_its_status_says(
    code: str, status: object, verdict: PurchaseVerdict
) -> None:
    """Only the vendor's own word for it is a delivery."""
    assert codes.rule_for(code, status).verdict is verdict


@pytest.mark.parametrize(
    "code", [None, 0, 16, 16.0, True, "", " ", "16 ", "999", "029", "0016", "OK", [], {}]
)
def test_what_is_not_in_the_table_decides_nothing(code: object) -> None:
    """Missing, a number, or a code that nobody explained: only a requery can tell."""
    assert codes.rule_for(code, "delivered").verdict is PurchaseVerdict.UNKNOWN


@pytest.mark.parametrize("code", sorted(codes.RULES))
def test_a_status_beside_another_code_is_not_read(code: str) -> None:
    """A refusal that shows a delivered transaction is the refusal still."""
    assert codes.rule_for(code, "delivered") is codes.RULES[code]


def test_leading_zeros_may_be_missing() -> None:
    """Codes are texts of three digits."""
    assert codes.rule_for("16", None) is codes.RULES["016"]
    assert codes.rule_for("0", "delivered").verdict is PurchaseVerdict.DELIVERED
