"""The lines of the comparison: sources agree to the kobo, and unknown amounts do not count."""

import pytest

from dev.stack.books import Line

AGREED = {"vendor": 150_000, "ledger": 150_000, "wallet": 150_000, "api": 150_000}


def test_equal_amounts_agree():
    """Four sources with the same amount agree."""
    assert Line(what="Balance", **AGREED).agrees


@pytest.mark.parametrize("source", AGREED)
def test_one_kobo_is_a_difference(source):
    """A difference of one kobo in any source is a disagreement."""
    assert not Line(what="Balance", **{**AGREED, source: 150_001}).agrees


@pytest.mark.parametrize("source", AGREED)
def test_a_source_that_cannot_know_is_left_out(source):
    """A source that does not know the amount is left out of the comparison."""
    assert Line(what="Held", **{**AGREED, source: None}).agrees
