"""Money and time: how the sandbox keeps them, and how vendors write them.

Money is integer kobo inside and naira on the wire. Other currencies are kept in hundredths too.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

_HUNDREDTH = Decimal("0.01")
# Beyond any real payment, and small enough that a float shows every kobo exactly.
MAX_NAIRA = Decimal(10) ** 12


def parse_kobo(value: object) -> int:
    """Kobo of a positive naira amount, a JSON number or a numeric string. Raises: ValueError."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise ValueError("not a number")
    try:
        naira = Decimal(value.strip() if isinstance(value, str) else value)
    except InvalidOperation as exc:
        raise ValueError("not a number") from exc
    # Checked before any conversion: "1e999999" is a short text but a very long integer.
    if not naira.is_finite() or not 0 < naira <= MAX_NAIRA:
        raise ValueError("out of range")
    if naira != naira.quantize(_HUNDREDTH):
        raise ValueError("more than two decimals")
    return int(naira * 100)


def to_naira_number(kobo: int) -> int | float:
    """The JSON number vendors show for kobo: whole naira without a fraction, else two decimals."""
    if kobo % 100 == 0:
        return kobo // 100
    # A float, because below MAX_NAIRA its shortest form has the exact two decimals.
    return float(Decimal(kobo) / 100)


def compute_share_kobo(amount_kobo: int, *, basis_points: int) -> int:
    """basis_points (hundredths of a percent) of amount_kobo, half a kobo rounded up."""
    return (amount_kobo * basis_points + 5_000) // 10_000


def format_amount(kobo: int, currency: str) -> str:
    """An amount for people: `₦7,500.00`, or `USD 7,500.00`."""
    amount = f"{kobo // 100:,}.{kobo % 100:02d}"
    return f"₦{amount}" if currency == "NGN" else f"{currency} {amount}"


class Clock:
    """The current time in UTC. `advance` moves it, so that a test need not wait."""

    def __init__(self) -> None:
        self._offset = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def now_text(self) -> str:
        return format_timestamp(self.now())

    def advance(self, seconds: float) -> None:
        self._offset += timedelta(seconds=seconds)

    def reset(self) -> None:
        self._offset = timedelta()


def format_timestamp(moment: datetime) -> str:
    """ISO-8601 UTC with milliseconds and Z, as vendors write it. Texts sort as times do."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
