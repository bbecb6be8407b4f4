import pytest

from dev.sandbox.flutterwave.amounts import amount_kobo, currency
from dev.sandbox.wire import Refusal


def test_amounts_and_currencies_are_read():
    """Naira become kobo, and naira is the currency when none is named."""
    assert amount_kobo("7500.50") == 7_500_50
    assert currency(None) == "NGN"
    assert currency("USD") == "USD"


@pytest.mark.parametrize("value", [None, "", "0", "1.005", []])
def test_a_wrong_amount_is_refused(value):
    """What is no amount is a 400 that names the field."""
    with pytest.raises(Refusal, match="amount") as refused:
        amount_kobo(value)

    assert refused.value.status == 400


@pytest.mark.parametrize("value", ["", "ngn", "NGNX", 566])
def test_a_wrong_currency_is_refused(value):
    """A currency is three capital letters."""
    with pytest.raises(Refusal, match="currency"):
        currency(value)
