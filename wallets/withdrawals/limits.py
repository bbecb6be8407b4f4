"""Starting a withdrawal: the bank confirms the account, then the money is held for it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from accounts.models import User
from payflow.kernel.db import atomic
from payflow.kernel.idempotency import IdempotencyKey
from payflow.kernel.money import KOBO_PER_NAIRA, to_naira_text
from wallets import flutterwave
from wallets.errors import AmountOutOfRange, DailyLimitReached
from wallets.ledger import intents
from wallets.ledger.documents import Payout, Transaction, TransactionType, Wallet
from wallets.ledger.selectors import get_wallet
from wallets.withdrawals.banks import Account, resolve_account

LAGOS = ZoneInfo("Africa/Lagos")


def fee_for(amount_kobo: int) -> int:
    """What a withdrawal of this amount costs on top, in kobo."""
    for upto, fee in settings.WITHDRAWAL_FEE_TIERS:
        if upto is None or amount_kobo <= upto:
            return int(fee)
    raise AssertionError("the last tier has no end")


def check_amount(amount_kobo: int) -> None:
    """Raises: AmountOutOfRange."""
    least, most = settings.WITHDRAWAL_MIN_KOBO, settings.WITHDRAWAL_MAX_KOBO
    if not least <= amount_kobo <= most:
        raise AmountOutOfRange(
            f"Withdraw between {to_naira_text(least)} and {to_naira_text(most)} naira at a time.",
            min=to_naira_text(least),
            max=to_naira_text(most),
        )
    # Assumed: whether the vendor takes kobo is not known.
    # Source: docs/vendors/flutterwave.md, section 4.
    if amount_kobo % KOBO_PER_NAIRA:
        raise AmountOutOfRange("Banks take whole naira: leave out the kobo.")


def start_withdrawal(
    *,
    user: User,
    amount_kobo: int,
    bank_code: str,
    account_number: str,
    narration: str = "",
    idempotency: IdempotencyKey | None = None,
    now: datetime,
) -> Transaction:
    """A PENDING withdrawal, with its amount and fee held, for the caller to publish.

    The same idempotency key returns the same transaction, whatever became of it.
    Raises: AmountOutOfRange, AccountNotResolved, VendorUnavailable, WalletNotFound,
    WalletInactive, WalletLocked, InsufficientFunds, DailyLimitReached, IdempotencyConflict,
    RequestInProgress; nothing is held then.
    """
    if earlier := intents.find_earlier(user, TransactionType.WITHDRAWAL, idempotency):
        return earlier
    check_amount(amount_kobo)
    account = resolve_account(bank_code=bank_code, account_number=account_number)
    return intents.once(
        lambda: _intend(user, amount_kobo, account, narration, idempotency, now),
        user,
        TransactionType.WITHDRAWAL,
        idempotency,
    )


@atomic
def _intend(
    user: User,
    amount: int,
    account: Account,
    narration: str,
    idempotency: IdempotencyKey | None,
    now: datetime,
) -> Transaction:
    wallet = get_wallet(user_id=user.pk)
    fee = fee_for(amount)
    return intents.record(
        wallet,
        TransactionType.WITHDRAWAL,
        user=user,
        amount=amount,
        fee=fee,
        hold=amount + fee,
        idempotency=idempotency,
        now=now,
        counters=_counted(wallet, amount, now),
        vendor=flutterwave.VENDOR,
        # A task sends it at once; should it never be published, a sweep finds it here.
        next_check_at=now + timedelta(seconds=settings.INBOX_GRACE_S),
        payout=Payout(
            bank_code=account.bank_code,
            account_number=account.account_number,
            account_name=account.account_name,
            narration=narration or f"{settings.APP_NAME} withdrawal",
        ),
        details={
            "bank_code": account.bank_code,
            "account_number": masked(account.account_number),
            "account_name": account.account_name,
        },
    )


def masked(account_number: str) -> str:
    """An account number as it is shown: its last four digits."""
    return "*" * 6 + account_number[-4:]


def _counted(wallet: Wallet, amount: int, now: datetime) -> dict[str, Any]:
    """Today's withdrawals with this one. Raises: DailyLimitReached, saying what is left."""
    today = lagos_day(now)
    before = wallet.withdrawn_kobo if wallet.withdrawn_on == today else 0
    left = settings.WITHDRAWAL_DAILY_KOBO - before
    if amount > left:
        raise DailyLimitReached(
            limit=to_naira_text(settings.WITHDRAWAL_DAILY_KOBO), left=to_naira_text(max(left, 0))
        )
    return {"set__withdrawn_on": today, "set__withdrawn_kobo": before + amount}


def lagos_day(moment: datetime) -> str:
    """The day of a moment where our customers are."""
    return moment.astimezone(LAGOS).date().isoformat()
