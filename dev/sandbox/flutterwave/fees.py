"""What the simulated Flutterwave keeps of a collection, and charges on top of a transfer."""

from dev.sandbox.money import share_kobo

# Samples show 1.4 % for local cards, and a support page caps it at NGN 2,000. Real fees change:
# Source: docs/vendors/flutterwave.md, section 3, which warns against relying on them.
_BASIS_POINTS = 140
_MOST_KOBO = 2_000_00


def collection_fee_kobo(amount_kobo: int) -> int:
    return min(share_kobo(amount_kobo, basis_points=_BASIS_POINTS), _MOST_KOBO)


# Tiers inferred from samples, 7.5 % tax included. The vendor's third decimals (26.875) are
# rounded up here, as these books know no fractions of a kobo.
# Source: docs/vendors/flutterwave.md, section 4, "Fee".
_TRANSFER_TIERS = ((5_000_00, 10_75), (50_000_00, 26_88))
_TRANSFER_MOST = 53_75


def transfer_fee_kobo(amount_kobo: int) -> int:
    return next((fee for upto, fee in _TRANSFER_TIERS if amount_kobo <= upto), _TRANSFER_MOST)
