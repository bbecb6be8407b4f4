"""Why a person has to look at a purchase."""

from __future__ import annotations

from wallets.review.kinds import CaseKind


class PurchaseCase(CaseKind):
    ANSWER_MISMATCH = (
        "answer_mismatch",
        "The vendor's answer names another request. It was not applied.",
    )
    DELIVERED_AFTER_FAILED = (
        "delivered_after_failed",
        "The vendor delivered a request that had failed. The wallet pays for one delivery in all.",
    )
    DELIVERED_TWICE = (
        "delivered_twice",
        "One purchase was delivered under two request ids. The second is our loss.",
    )
    NOT_KNOWN_ANY_MORE = (
        "purchase_not_known",
        "The vendor does not know a purchase that it had accepted. Check keys and account.",
    )
    AMOUNT_DIFFERS = (
        "amount_differs",
        "The vendor names another amount than we do.",
    )
    DEBIT_UNCLEAR = (
        "debit_unclear",
        "The vendor did not say what it took from our float. The full price was booked.",
    )
    REVERSED_AFTER_SUCCESS = (
        "reversed_after_success",
        "The vendor took back what it had delivered. "
        "Unless it delivered twice, a REVERSAL has returned the money.",
    )
    REFUSED_AFTER_SUCCESS = (
        "refused_after_success",
        "The vendor now refuses a purchase that it had delivered. Nothing was changed.",
    )
