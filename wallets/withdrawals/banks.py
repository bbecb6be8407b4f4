"""Banks and account names: asked of the vendor, kept in Redis, served stale when it is down."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from payflow.kernel.cache import cached_or_stale
from wallets import flutterwave
from wallets.vendors import Bank
from wallets.withdrawals import nuban

_KEY = "banks:ng"
_FRESH_FOR = timedelta(days=1)


@dataclass(frozen=True)
class Account:
    """A bank account, as its bank confirms it."""

    bank_code: str
    account_number: str
    account_name: str
    # What the number's own check digit says; None where the bank's code has no such rule.
    # A hint alone: the bank has the last word.
    check_digit_ok: bool | None


def list_banks(*, now: datetime, q: str = "") -> list[Bank]:
    """Banks by name, those whose name or code contains q. At most a day old while the vendor
    answers, and up to thirty days while it does not. Raises: VendorUnavailable."""
    wanted = q.strip().casefold()
    return [b for b in _banks(now) if wanted in b.name.casefold() or wanted == b.code]


def resolve_account(*, bank_code: str, account_number: str) -> Account:
    """Raises: AccountNotResolved (the bank says no), VendorUnavailable."""
    name = flutterwave.payouts().resolve_account(bank_code, account_number)
    return Account(bank_code, account_number, name, nuban.check(bank_code, account_number))


def _banks(now: datetime) -> list[Bank]:
    return [Bank(**row) for row in cached_or_stale(_KEY, _ask, fresh_for=_FRESH_FOR, now=now)]


def _ask() -> list[dict[str, str]]:
    banks = sorted(flutterwave.payouts().list_banks(), key=lambda bank: bank.name.casefold())
    return [asdict(bank) for bank in banks]
