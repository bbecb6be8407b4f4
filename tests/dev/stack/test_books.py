"""The witnesses' lines: agreement is strict, and who cannot know does not count."""

import pytest

from dev.stack.books import Line

AGREED = {"vendor": 150_000, "ledger": 150_000, "wallet": 150_000, "api": 150_000}


def test_equal_amounts_agree():
    """Four witnesses with one amount agree."""
    assert Line(what="Balance", **AGREED).agrees


@pytest.mark.parametrize("witness", AGREED)
def test_one_kobo_is_a_difference(witness):
    """One kobo at any one witness is a disagreement."""
    assert not Line(what="Balance", **{**AGREED, witness: 150_001}).agrees


@pytest.mark.parametrize("witness", AGREED)
def test_a_witness_that_cannot_know_is_left_out(witness):
    """A witness without a word neither confirms nor denies."""
    assert Line(what="Held", **{**AGREED, witness: None}).agrees
