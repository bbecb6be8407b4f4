"""The vendor's words, and what is made of words that it never used."""

import pytest

from airtime.clients.base import Verdict
from airtime.clients.vtpass import codes


@pytest.mark.parametrize("code", ["000", "001"])
@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ("delivered", Verdict.DELIVERED),
        ("DELIVERED", Verdict.DELIVERED),
        ("failed", Verdict.FAILED),
        ("reversed", Verdict.REVERSED),
        ("initiated", Verdict.UNKNOWN),
        ("pending", Verdict.UNKNOWN),
        ("resolved", Verdict.UNKNOWN),
        ("successful", Verdict.UNKNOWN),
        ("", Verdict.UNKNOWN),
        (None, Verdict.UNKNOWN),
        (1, Verdict.UNKNOWN),
        (["delivered"], Verdict.UNKNOWN),
    ],
)
def test_a_processed_request_is_what_its_status_says(
    code: str, status: object, verdict: Verdict
) -> None:
    """Only the vendor's own word for it is a delivery."""
    assert codes.rule_for(code, status).verdict is verdict


@pytest.mark.parametrize(
    "code", [None, 0, 16, 16.0, True, "", " ", "16 ", "999", "029", "0016", "OK", [], {}]
)
def test_what_is_not_in_the_table_decides_nothing(code: object) -> None:
    """Missing, a number, or a code that nobody explained: only a requery can tell."""
    assert codes.rule_for(code, "delivered").verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("code", sorted(codes.RULES))
def test_a_status_beside_another_code_is_not_read(code: str) -> None:
    """A refusal that shows a delivered transaction is the refusal still."""
    assert codes.rule_for(code, "delivered") is codes.RULES[code]


def test_leading_zeros_may_be_missing() -> None:
    """Codes are texts of three digits."""
    assert codes.rule_for("16", None) is codes.RULES["016"]
    assert codes.rule_for("0", "delivered").verdict is Verdict.DELIVERED
