"""What a wallet can refuse, and what the inbox cannot digest.

PayflowError
├── WalletNotFound, TransactionNotFound
├── WalletInactive, WalletLocked         the wallet takes no new funding or debit
├── AmountOutOfRange, CurrencyUnsupported, InsufficientFunds, DailyLimitReached
├── AccountNotResolved                   the bank knows no such account
├── WebhookUnauthorised                  the secret hash is wrong or missing
├── TransitionRefused                    the transaction is not where the caller thought
├── NotSettledYet                        the vendor has no final word: ask again later
└── EventUnreadable                      a webhook that no retry can make sense of
"""

from payflow.kernel.errors import PayflowError


class WalletNotFound(PayflowError):
    """This user has no wallet."""

    code = "wallet_not_found"
    default_message = "There is no wallet for this account."


class TransactionNotFound(PayflowError):
    """No transaction of this customer has the reference."""

    code = "transaction_not_found"
    default_message = "There is no transaction with this reference."


class WalletInactive(PayflowError):
    """The customer has paused the wallet; what is in flight still settles."""

    code = "wallet_inactive"
    default_message = "This wallet is paused. Activate it to move money."


class WalletLocked(PayflowError):
    """Staff or the system stopped the wallet; what is in flight still settles."""

    code = "wallet_locked"
    default_message = "This wallet is locked. Contact support."


class AmountOutOfRange(PayflowError):
    """The amount is below the least or above the most that one payment may be."""

    code = "amount_out_of_range"
    default_message = "The amount is outside the limits."


class CurrencyUnsupported(PayflowError):
    """The wallet is not kept in this currency."""

    code = "currency_unsupported"
    default_message = "This wallet is kept in NGN only."


class InsufficientFunds(PayflowError):
    """The wallet's available kobo are below the amount and its fee; nothing was written."""

    code = "insufficient_funds"
    default_message = "There is not enough money in the wallet."


class DailyLimitReached(PayflowError):
    """Today's withdrawals would exceed the daily limit; details say what is left."""

    code = "daily_limit_reached"
    default_message = "This would exceed today's limit for withdrawals."


class AccountNotResolved(PayflowError):
    """The bank does not confirm the account; it may also be unreachable, so a retry can help."""

    code = "account_not_resolved"
    default_message = "The bank does not confirm this account. Check bank and number, or retry."


class WebhookUnauthorised(PayflowError):
    """The call does not prove that the vendor made it; nothing was stored."""

    code = "webhook_unauthorised"
    default_message = "The webhook's secret hash is missing or wrong."


class TransitionRefused(PayflowError):
    """Someone else moved the transaction first; nothing was written."""

    code = "transition_refused"
    default_message = "The transaction has moved on. Read it again."


class NotSettledYet(PayflowError):
    """The vendor has no final word on the payment. Asking again later can help."""

    code = "not_settled_yet"
    default_message = "The payment provider has not finished with this payment."


class EventUnreadable(PayflowError):
    """A stored webhook whose body means nothing to us; only a person can help."""

    code = "event_unreadable"
    default_message = "The event cannot be read."
