"""Nigerian phone numbers in different spellings."""

import pytest

from airtime import phones
from airtime.errors import PhoneInvalid

TEST_NUMBERS = ["201000000000", "300000000000", "400000000000", "500000000000"]


@pytest.mark.parametrize(
    "written",
    [
        "08031234567",
        "8031234567",
        "+2348031234567",
        "2348031234567",
        "+234 803 123 4567",
        "+234 (0) 803 123 4567",
        "0803 123 4567",
        "0803-123-4567",
        "(0803) 123.4567",
        "  08031234567\n",
        "0803\u00a0123\u00a04567",
        "0803\u2011123\u20134567",
        "\u202a+234 803 123 4567\u202c",
        "002348031234567",
        "0092348031234567",
        "00 234 803 123 4567",
        "00-234-8031234567",
        "(00)2348031234567",
        "00 234 0803 123 4567",
    ],
    ids=ascii,
)
def test_every_spelling_of_a_number_is_normalised(written: str) -> None:
    """To the number as it is dialled in Nigeria."""
    assert phones.normalise(written) == "08031234567"


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "+",
        "0803123456",  # a digit is missing
        "080312345678",  # a digit too many
        "+447911123456",  # another country's
        "+1 803 123 4567",
        "014601234",  # a landline
        "07001234567",
        "08001234567",  # freephone
        "00000000000",
        "+234+2348031234567",
        "08031234567,08051234567",
        "08031234567/08051234567",
        "0803CALLNOW",  # letters are no digits, though phones print them on the keys
        "call 08031234567",
        "tel:+2348031234567",
        "08031234567 ext 5",
        "08031234567x5",
        "08031234567;ext=5",
        "08031234567#5",
        "201000000001",
    ],
    ids=ascii,
)
def test_an_invalid_number_is_refused(written: str) -> None:
    """It is never guessed at: airtime for a wrong number cannot be taken back."""
    with pytest.raises(PhoneInvalid):
        phones.normalise(written)


@pytest.mark.parametrize("number", TEST_NUMBERS)
def test_the_vendors_test_numbers_are_valid_in_sandbox_mode_only(number: str, settings) -> None:
    """Otherwise they are refused."""
    settings.VTPASS_SANDBOX_MODE = True
    assert phones.normalise(f" {number} ") == number
    settings.VTPASS_SANDBOX_MODE = False
    with pytest.raises(PhoneInvalid):
        phones.normalise(number)


@pytest.mark.parametrize(
    ("number", "network"),
    [
        ("08031234567", "MTN"),
        ("08051234567", "Glo"),
        ("08021234567", "Airtel"),
        ("08091234567", "9mobile"),
        ("08011111111", None),
        ("201000000000", None),
    ],
)
def test_the_network_of_a_prefix(number: str, network: str | None) -> None:
    """None if the prefix is unknown."""
    assert phones.network_of(number) == network
