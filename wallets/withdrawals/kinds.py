"""Why a person has to look at a withdrawal."""

from __future__ import annotations

from wallets.review.kinds import CaseKind


class WithdrawalCase(CaseKind):
    AMOUNT_DIFFERS = (
        "amount_differs",
        "The vendor names another amount than we do.",
    )
    PAID_AFTER_FAILED = (
        "paid_after_failed",
        "The vendor paid a transfer whose money is back in the wallet.",
    )
    REVERSED_AFTER_SUCCESS = (
        "reversed_after_success",
        "The vendor took back what it had delivered. A REVERSAL has returned the money.",
    )
