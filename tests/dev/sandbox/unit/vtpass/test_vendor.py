from decimal import Decimal

import pytest

from dev.sandbox.clock import Clock
from dev.sandbox.config import DEV_VTPASS_API_KEY, DEV_VTPASS_SECRET_KEY, read_config
from dev.sandbox.journal import Journal
from dev.sandbox.vtpass.codes import Refused
from dev.sandbox.vtpass.vendor import VTpass
from dev.sandbox.wire import Refusal


@pytest.fixture
def make_vendor():
    def make(*options):
        return VTpass(config=read_config(options, {}), clock=Clock(), journal=Journal())

    return make


def named(vendor, name):
    return next(each for each in vendor.endpoints if each.name == name)


def test_the_development_keys_open_a_development_sandbox(make_vendor):
    """Without options the documented keys are the ones to use."""
    vendor = make_vendor()
    keys = {"api-key": DEV_VTPASS_API_KEY, "secret-key": DEV_VTPASS_SECRET_KEY}

    vendor.authorize(named(vendor, "pay"), keys)
    with pytest.raises(Refused) as refused:
        vendor.authorize(named(vendor, "balance"), keys)

    assert (refused.value.code, refused.value.status) == ("087", 401)


def test_the_float_is_an_option(make_vendor):
    """Naira on the command line, kobo in the books."""
    assert make_vendor("--vtpass-float-naira", "12.34").books(None)["float_kobo"] == 12_34
    assert make_vendor("--vtpass-float-naira", "0").books(None)["float_kobo"] == 0
    assert read_config([], {}).vtpass_float_naira == Decimal(1_000_000)


@pytest.mark.parametrize("naira", ["-1", "0.001", "nan", "1e30", "much"])
def test_a_float_that_cannot_be_meant_ends_the_program(naira):
    """It is refused at the start."""
    with pytest.raises(SystemExit):
        read_config(["--vtpass-float-naira", naira], {})


@pytest.mark.parametrize(("status", "answered"), [(404, 404), (400, 200)])
def test_what_is_no_refusal_of_the_vendors_is_put_in_its_words(make_vendor, status, answered):
    """An unknown path is a page, and a body that cannot be read has invalid arguments."""
    assert make_vendor().refusal(Refusal(status, "anything")).status == answered
