"""Amounts and currencies as callers of the simulated Flutterwave write them."""

import re

from dev.sandbox.money import kobo_from_naira
from dev.sandbox.wire import Refusal

_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


def amount_kobo(value: object) -> int:
    """Kobo of a naira amount. Raises: Refusal 400."""
    if value is None:
        raise Refusal(400, "amount is required")
    try:
        return kobo_from_naira(value)
    except ValueError as exc:
        raise Refusal(400, f"amount is invalid: {exc}") from exc


def currency(value: object) -> str:
    """A currency code, naira when absent. Raises: Refusal 400."""
    if value is None:
        return "NGN"
    if not isinstance(value, str) or not _CURRENCY.fullmatch(value):
        raise Refusal(400, "currency is invalid")
    return value
