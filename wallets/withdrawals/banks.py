"""Banks and the names of account owners, from the vendor. The list of banks is cached."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from payflow.kernel.cache import cached_or_stale
from wallets.clients import Bank
from wallets.withdrawals import nuban, vendor

_KEY = "banks:ng"
_FRESH_FOR = timedelta(days=1)


@dataclass(frozen=True)
class BankAccount:
    """A bank account, as its bank confirms it."""

    bank_code: str
    account_number: str
    account_name: str
    # True if the number's check digit fits; None if the bank's code has no such rule. It is only
    # a hint: the bank decides.
    check_digit_ok: bool | None


def list_banks(*, now: datetime, q: str = "") -> list[Bank]:
    """The banks whose name contains `q` or whose code is `q`, sorted by name.

    At most a day old while the vendor answers, and up to thirty days while it does not.
    Raises: VendorUnavailable.
    """
    wanted = q.strip().casefold()
    rows = cached_or_stale(_KEY, _ask, fresh_for=_FRESH_FOR, now=now)
    banks = [Bank(**row) for row in rows]
    return [bank for bank in banks if wanted in bank.name.casefold() or wanted == bank.code]


def resolve_account(*, bank_code: str, account_number: str) -> BankAccount:
    """Raises: AccountNotResolved (the bank does not confirm it), VendorUnavailable."""
    name = vendor.client().resolve_account(bank_code, account_number)
    check_digit_ok = nuban.check(bank_code, account_number)
    return BankAccount(bank_code, account_number, name, check_digit_ok)


def mask_account_number(account_number: str) -> str:
    """An account number as it may be shown: its last four digits."""
    return "*" * 6 + account_number[-4:]


def _ask() -> list[dict[str, str]]:
    banks = sorted(vendor.client().list_banks(), key=lambda bank: bank.name.casefold())
    return [asdict(bank) for bank in banks]
