"""The check digit of Nigerian account numbers.

Source: Central Bank of Nigeria, "Standards on the Nigeria Uniform Bank Account Number (NUBAN)
Scheme": the three digits of the bank and the nine of the serial, weighted 3, 7, 3 in turn.
"""

from __future__ import annotations

_WEIGHTS = (3, 7, 3) * 4


def check(bank_code: str, account_number: str) -> bool | None:
    """Whether the tenth digit fits; None where the bank's code is not one of three digits."""
    if len(bank_code) != 3 or not (bank_code + account_number).isdecimal():
        return None
    digits = map(int, bank_code + account_number[:9])
    total = sum(weight * digit for weight, digit in zip(_WEIGHTS, digits, strict=True))
    return (10 - total % 10) % 10 == int(account_number[9])
