"""Why a person has to look at a funding."""

from __future__ import annotations

from wallets.review.kinds import CaseKind


class FundingCase(CaseKind):
    OVERPAID = "overpaid", "More was paid than was asked. The whole payment is in the wallet."
    UNDERPAID = "underpaid", "Less was paid than was asked. Nothing is in the wallet."
    WRONG_CURRENCY = (
        "wrong_currency",
        "The payment came in another currency. Nothing is in the wallet.",
    )
    PAID_TWICE = (
        "paid_twice",
        "A second payment arrived for a settled funding. It is not in the wallet.",
    )
