import pytest

from dev.sandbox.flutterwave.fees import collection_fee_kobo


@pytest.mark.parametrize(
    ("amount_kobo", "fee_kobo"),
    [(100_00, 1_40), (50_000_00, 700_00), (142_857_14, 2_000_00), (1_000_000_00, 2_000_00)],
)
def test_a_collection_costs_a_capped_share(amount_kobo, fee_kobo):
    """The fee is 1.4 % and never more than NGN 2,000, as the vendor's samples show."""
    assert collection_fee_kobo(amount_kobo) == fee_kobo
