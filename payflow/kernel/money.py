"""Kobo, the only unit of money inside PayFlow: an int, 100 to a naira.

Amounts in naira occur only in what clients and vendors send and receive. They are decimals.
"""

from __future__ import annotations

from decimal import Decimal

NGN = "NGN"
KOBO_PER_NAIRA = 100


class NotExactKobo(ValueError):
    """The amount in naira has a fraction of a kobo, or is not a finite number."""


def to_kobo(naira: Decimal | int | str | float) -> int:
    """Naira as kobo, exactly. A float counts as the shortest text that represents it.

    Raises: NotExactKobo, if the amount is not a whole number of kobo.
    """
    try:
        kobo = Decimal(str(naira)) * KOBO_PER_NAIRA
    except ArithmeticError as exc:
        raise NotExactKobo(f"{naira!r} is not an amount") from exc
    if not kobo.is_finite() or kobo != int(kobo):
        raise NotExactKobo(f"{naira} is not a whole number of kobo")
    return int(kobo)


def to_naira(kobo: int) -> Decimal:
    """Kobo as naira with two decimals: 150000 -> Decimal('1500.00')."""
    return Decimal(kobo).scaleb(-2).quantize(Decimal("0.01"))


def format_naira(kobo: int) -> str:
    """Kobo for people to read: 150000 -> '₦1,500.00'."""
    return f"₦{to_naira(kobo):,}"


def to_naira_text(kobo: int) -> str:
    """Kobo as the API writes amounts: 150000 -> '1500.00'."""
    return str(to_naira(kobo))
