"""Phone numbers: read in the ways people write them, and sent as they are dialled."""

from __future__ import annotations

import re

import phonenumbers
from django.conf import settings
from phonenumbers import NumberParseException, PhoneNumberType, carrier

from airtime.errors import PhoneInvalid

# Not real numbers: they decide how a purchase ends in the vendor's own test environment.
# Source: docs/vendors/vtpass.md, section 6.
_TEST_NUMBERS = frozenset({"201000000000", "300000000000", "400000000000", "500000000000"})
_TEST_SUCCESS = "08011111111"  # also a valid Nigerian number
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
# The library would read letters as telephone keys, and drop what looks like an extension. Pasted
# spaces, dashes and direction marks are all in this Unicode block.
_WRITTEN = re.compile(r"[\d\s+().\-\u2000-\u206f]+")
_DIALLED_ABROAD = re.compile(r"^[\s\u2000-\u206f(]*00(?:9(?=[\s).\-]*[1-9]))?[\s).\-]*(?=[1-9])")
# The library's names of the networks that the vendor sells for.
_NETWORKS = {"MTN": "MTN", "Glo": "Glo", "Airtel": "Airtel", "9mobile": "9mobile"}


def normalise(text: str) -> str:
    """The number as it is dialled in Nigeria, `08031234567`. Raises: PhoneInvalid."""
    if settings.VTPASS_SANDBOX_MODE and text.strip() in _TEST_NUMBERS:
        return text.strip()
    number = _read(text)
    if number is None:
        raise PhoneInvalid()
    return f"0{phonenumbers.national_significant_number(number)}"


def normalise_international(text: str, country_code: str) -> str:
    """The number as it is sent for that country, `233241234567`. Raises: PhoneInvalid.

    The vendor's test numbers count for every country.
    """
    if settings.VTPASS_SANDBOX_MODE and text.strip() in _TEST_NUMBERS | {_TEST_SUCCESS}:
        return text.strip()
    number = _read(text, country_code)
    if number is None:
        raise PhoneInvalid(f"Give a mobile number of this country{_example_text(country_code)}.")
    return f"{number.country_code}{phonenumbers.national_significant_number(number)}"


def _example_text(country_code: str) -> str:
    example = phonenumbers.example_number_for_type(country_code, PhoneNumberType.MOBILE)
    if example is None:
        return ""
    written = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return f", such as {written}"


def network_of(phone: str) -> str | None:
    """The network that the number's prefix was assigned to; None if it is unknown.

    Only a hint: a customer who changes networks keeps the number.
    """
    number = _read(phone)
    return _NETWORKS.get(carrier.name_for_number(number, "en")) if number else None


def _read(text: str, country_code: str = "NG") -> phonenumbers.PhoneNumber | None:
    if not _WRITTEN.fullmatch(text):
        return None
    # 00 is how most countries dial abroad, 009 how Nigeria does.
    text = _DIALLED_ABROAD.sub("+", text)
    try:
        number = phonenumbers.parse(text, country_code)
    except NumberParseException:
        return None
    usable = (
        phonenumbers.is_valid_number_for_region(number, country_code)
        and phonenumbers.number_type(number) in _MOBILE
    )
    return number if usable else None
