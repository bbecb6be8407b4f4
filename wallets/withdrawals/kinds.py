"""Why a person has to look at a withdrawal."""

from __future__ import annotations

from wallets.review.kinds import CaseKind


class WithdrawalCase(CaseKind):
    AMOUNT_DIFFERS = (
        "amount_differs",
        "The vendor names another amount than we do.",
    )
    PAID_TWICE = (
        "transfer_paid_twice",
        "Two transfers under one reference were paid. The second is our loss until it is back.",
    )
    PAID_AFTER_FAILED = (
        "paid_after_failed",
        "The vendor paid a transfer that had failed. The wallet pays for one transfer in all.",
    )
    REVERSED_AFTER_SUCCESS = (
        "reversed_after_success",
        "The vendor took back what it had delivered. "
        "Unless it delivered twice, a REVERSAL has returned the money.",
    )
    NOT_KNOWN_ANY_MORE = (
        "transfer_not_known",
        "The vendor does not know a transfer that it had accepted. Check keys and account.",
    )
    ACCOUNT_REFUSED = (
        "account_refused",
        "The vendor refuses our account: balance, keys, address or permissions. Transfers wait.",
    )
    UNKNOWN_TRANSFER = (
        "unknown_transfer",
        "The vendor paid a transfer that PayFlow never asked for. It is in suspense.",
    )
