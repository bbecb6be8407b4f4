"""The foreseen outcomes of wallets.

PayflowError
├── WalletNotFound, TransactionNotFound
├── WalletInactive, WalletLocked         the wallet takes no new funding or debit
├── WalletInDebt                         the wallet takes no new debit until it is repaid
├── LockNotLifted                        the lock belongs to somebody with another role
├── AmountOutOfRange, CurrencyUnsupported, InsufficientFunds, DailyLimitReached
├── DuplicateSuspected                   the same was ordered a moment ago
├── AccountNotResolved                   the bank does not confirm the bank account
├── WebhookUnauthorised                  the secret hash is wrong or missing
├── TransitionRefused                    the transaction was in another status
├── NotSettledYet                        the vendor has not decided: try again later
├── SuspenseEmpty                        nothing is in suspense: it was decided already
└── EventUnreadable                      a webhook that no retry can read
"""

from accounts.errors import PinLocked, PinRequired, PinWrong
from payflow.kernel.errors import (
    IdempotencyConflict,
    IdempotencyKeyInvalid,
    IdempotencyKeyRequired,
    PayflowError,
    RequestInProgress,
    VendorUnavailable,
)


class WalletNotFound(PayflowError):
    """This user has no wallet."""

    code = "wallet_not_found"
    default_message = "This user has no wallet."


class TransactionNotFound(PayflowError):
    """No transaction of this customer has the reference."""

    code = "transaction_not_found"
    default_message = "There is no transaction with this reference."


class WalletInactive(PayflowError):
    """The customer has paused the wallet. Transactions that have begun still settle."""

    code = "wallet_inactive"
    default_message = "This wallet is paused. Activate it to move money."


class WalletLocked(PayflowError):
    """The wallet has a lock. What has left us still settles, and nothing else is sent.

    The details say when the last lock ends; null if no time is set.
    """

    code = "wallet_locked"
    default_message = "This wallet is locked. Contact support."


class WalletInDebt(PayflowError):
    """The customer owes us money. Fundings are taken, and repay it first."""

    code = "wallet_in_debt"
    default_message = (
        "This wallet owes money after a payment was taken back. Add money to repay it; then you "
        "can send and buy again."
    )


class LockNotLifted(PayflowError):
    """This role may not lift locks of this owner. No lock was changed."""

    code = "lock_not_lifted"
    default_message = "Somebody with another role must lift this lock."


class AmountOutOfRange(PayflowError):
    """The amount is below the minimum or above the maximum of one payment."""

    code = "amount_out_of_range"
    default_message = "The amount is outside the limits."


class CurrencyUnsupported(PayflowError):
    """The wallet has another currency."""

    code = "currency_unsupported"
    default_message = "This wallet takes NGN only."


class InsufficientFunds(PayflowError):
    """The wallet's available kobo are less than the amount and its fee. Nothing was written."""

    code = "insufficient_funds"
    default_message = "There is not enough money in the wallet."


class DailyLimitReached(PayflowError):
    """Today's withdrawals would exceed the daily limit. The details contain the amount left."""

    code = "daily_limit_reached"
    default_message = "This would exceed today's limit for withdrawals."


class DuplicateSuspected(PayflowError):
    """The customer ordered the same a moment ago, under another key. Nothing was written.

    The details name the first order (`tx_ref`).
    """

    code = "duplicate_suspected"
    default_message = (
        "You ordered exactly the same a moment ago. If you want it a second time, send the order "
        'again with "confirm_duplicate": true.'
    )


class AccountNotResolved(PayflowError):
    """The bank does not confirm the bank account, or cannot be reached: a retry can help."""

    code = "account_not_resolved"
    default_message = "The bank does not confirm this account. Check bank and number, or retry."


class WebhookUnauthorised(PayflowError):
    """The webhook does not prove that the vendor sent it. Nothing was stored."""

    code = "webhook_unauthorised"
    default_message = "The webhook's secret hash is missing or wrong."


class TransitionRefused(PayflowError):
    """The transaction was moved by another caller first. Nothing was written."""

    code = "transition_refused"
    default_message = "The transaction has changed meanwhile. Read it again."


class NotSettledYet(PayflowError):
    """The vendor has not decided about the payment. Asking again later can help."""

    code = "not_settled_yet"
    default_message = "The payment provider has not finished with this payment."


class SuspenseEmpty(PayflowError):
    """Nothing of this payment or funding waits in suspense. Nothing was changed."""

    code = "suspense_empty"
    default_message = "Nothing of this payment is in suspense. Look at its transaction again."


class EventUnreadable(PayflowError):
    """A stored webhook that cannot be read. Only a person can help."""

    code = "event_unreadable"
    default_message = "The event cannot be read."


# What every request that takes money from a wallet can be answered.
DEBIT_ERRORS: tuple[type[PayflowError], ...] = (
    IdempotencyKeyRequired,
    IdempotencyKeyInvalid,
    IdempotencyConflict,
    RequestInProgress,
    DuplicateSuspected,
    PinRequired,
    PinWrong,
    PinLocked,
    WalletNotFound,
    WalletInactive,
    WalletLocked,
    WalletInDebt,
    InsufficientFunds,
    AmountOutOfRange,
    VendorUnavailable,
)
