"""Kobo, the only unit of money inside PayFlow: 100 to a naira, always an int.

Naira exist at the edge alone: as decimals in a client's JSON and on a vendor's wire.
"""

from __future__ import annotations

from decimal import Decimal

NGN = "NGN"
KOBO_PER_NAIRA = 100


class NotExactKobo(ValueError):
    """The naira amount has a fraction of a kobo, or is no finite number."""


def to_kobo(naira: Decimal | int | str | float) -> int:
    """Naira as kobo, exactly. Floats go through their shortest text, as vendors print them.

    Raises: NotExactKobo when the amount is not a whole number of kobo.
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
    """Kobo as a person likes to read them: 150000 -> '₦1,500.00'."""
    return f"₦{to_naira(kobo):,}"


def to_naira_text(kobo: int) -> str:
    """Kobo as the API writes amounts: 150000 -> '1500.00'."""
    return str(to_naira(kobo))
