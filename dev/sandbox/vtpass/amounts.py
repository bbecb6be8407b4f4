"""Naira as this vendor reads and writes them."""

import re
from decimal import ROUND_HALF_UP, Decimal

from dev.sandbox.units import MAX_NAIRA, parse_kobo
from dev.sandbox.vtpass.replies import Refused

# A plain number: no sign, no exponent, at most two decimals. The vendor is said to refuse longer
# decimals. Source: docs/vendors/vtpass.md, section 3.2.
_PLAIN = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")


def read_amount_kobo(value: object) -> int:
    """Kobo of an order's amount. Raises: Refused 011."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise Refused("011")
    text = str(value)
    if not _PLAIN.fullmatch(text):
        raise Refused("011")
    try:
        return parse_kobo(text)
    except ValueError as exc:
        raise Refused("011") from exc


def to_float_kobo(naira: Decimal) -> int:
    """Kobo of a float, which may be empty."""
    assert 0 <= naira <= MAX_NAIRA
    return int(naira * 100)


def format_naira(kobo: int) -> str:
    """`500` or `500.50`: the amount of an order in the answer of pay."""
    return str(kobo // 100) if kobo % 100 == 0 else f"{kobo // 100}.{kobo % 100:02d}"


def format_price(kobo: int) -> str:
    """`500.00`: the price of most data plans."""
    return f"{kobo // 100}.{kobo % 100:02d}"


def round_to_naira(kobo: int) -> int:
    """Whole naira, rounded as requery rounds commissions: 4.5 becomes 5, 0.7 becomes 1.

    Source: docs/vendors/vtpass.md, section 3.3.
    """
    return int((Decimal(kobo) / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def compute_percent_kobo(kobo: int, rate: Decimal) -> int:
    """A percentage in whole kobo, rounded half to even."""
    return int((kobo * rate / 100).quantize(Decimal(1)))  # half to even is Decimal's default


NO_FEE = "0 %"
_FEE = re.compile(
    r"N(?P<naira>[0-9]{1,6}(\.[0-9]{1,2})?)|(?P<percent>[0-9]{1,2}(\.[0-9]{1,2})?) ?%"
)


def is_convenience_fee(text: str) -> bool:
    return _FEE.fullmatch(text) is not None


def compute_convenience_fee_kobo(kobo: int, text: str) -> int:
    """The fee that a service's `convinience_fee` stands for: `0 %`, `N100`.

    Assumed: a percentage is one of the amount. Source: docs/vendors/vtpass.md, section 2.2.
    """
    found = _FEE.fullmatch(text)
    assert found is not None, text
    if naira := found["naira"]:
        return int(Decimal(naira) * 100)
    return compute_percent_kobo(kobo, Decimal(found["percent"]))
