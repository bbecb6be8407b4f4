"""Amounts and currencies in calls to the simulated Flutterwave, and the vendor's fees."""

import re

from dev.sandbox.units import compute_share_kobo, parse_kobo
from dev.sandbox.wire import Refusal

_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


def read_amount_kobo(value: object) -> int:
    """Kobo of a naira amount. Raises: Refusal 400."""
    if value is None:
        raise Refusal(400, "amount is required")
    try:
        return parse_kobo(value)
    except ValueError as exc:
        raise Refusal(400, f"amount is invalid: {exc}") from exc


def read_currency(value: object) -> str:
    """A currency code, naira when absent. Raises: Refusal 400."""
    if value is None:
        return "NGN"
    if not isinstance(value, str) or not _CURRENCY.fullmatch(value):
        raise Refusal(400, "currency is invalid")
    return value


# Samples show 1.4 % for local cards, a support page a cap of NGN 2,000. Real fees change.
# Source: docs/vendors/flutterwave.md, section 3.
_BASIS_POINTS = 140
_MOST_KOBO = 2_000_00


def compute_collection_fee_kobo(amount_kobo: int) -> int:
    return min(compute_share_kobo(amount_kobo, basis_points=_BASIS_POINTS), _MOST_KOBO)


def compute_vat_kobo(fee_kobo: int) -> int:
    """7.5 % of a fee, rounded up. It is taken with the fee, but `app_fee` does not include it.

    A live payment of NGN 2,500 showed a fee of 35 and settled 2,462.37, which is fee plus tax.
    """
    return -(-fee_kobo * 75 // 1000)


# NGN 50 on transfers of NGN 10,000 and more are charged to the sender since January 2026.
# Source: a bank's circular (pcbgists.com.ng, December 2025).
_DUTY_KOBO = 50_00
_DUTIABLE_KOBO = 10_000_00


def compute_duty_kobo(amount_kobo: int) -> int:
    return _DUTY_KOBO if amount_kobo >= _DUTIABLE_KOBO else 0


# Tiers inferred from samples, 7.5 % tax included. The vendor's third decimals (26.875) are
# rounded up here, as these books know no fractions of a kobo.
# Source: docs/vendors/flutterwave.md, section 4, "Fee".
_TRANSFER_TIERS = ((5_000_00, 10_75), (50_000_00, 26_88))
_TRANSFER_MOST = 53_75


def compute_transfer_fee_kobo(amount_kobo: int) -> int:
    return next((fee for upto, fee in _TRANSFER_TIERS if amount_kobo <= upto), _TRANSFER_MOST)
