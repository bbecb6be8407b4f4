from hypothesis import given
from hypothesis import strategies as st

from wallets.withdrawals import nuban

BANKS = st.text("0123456789", min_size=3, max_size=3)
SERIALS = st.text("0123456789", min_size=9, max_size=9)


@given(BANKS, SERIALS)
def test_exactly_one_check_digit_fits(bank: str, serial: str) -> None:
    """Of the ten numbers with one serial number the rule accepts one."""
    assert [nuban.check(bank, serial + digit) for digit in "0123456789"].count(True) == 1


@given(BANKS, SERIALS, st.integers(0, 8), st.integers(1, 9))
def test_one_mistyped_digit_is_noticed(bank: str, serial: str, place: int, by: int) -> None:
    """No weight shares a factor with ten, so a single change always changes the check digit."""
    digit = next(d for d in "0123456789" if nuban.check(bank, serial + d))
    wrong = str((int(serial[place]) + by) % 10)

    assert nuban.check(bank, serial[:place] + wrong + serial[place + 1 :] + digit) is False


def test_bank_codes_of_other_lengths_have_no_rule() -> None:
    """The check of a fintech's six-digit code returns None."""
    assert nuban.check("999992", "0690000031") is None


def test_a_number_calculated_by_hand() -> None:
    """Bank 011, serial 000001457: 7 + 3 + 3 + 12 + 35 + 21 = 81, and 9 makes it 90."""
    assert nuban.check("011", "0000014579") is True
