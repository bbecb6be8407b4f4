"""Why a person has to look at a funding."""

from __future__ import annotations

from wallets.review.kinds import CaseKind


class FundingCase(CaseKind):
    OVERPAID = (
        "overpaid",
        "More was paid than was asked. What was asked is in the wallet, the rest in suspense.",
    )
    UNDERPAID = "underpaid", "Less was paid than was asked. It is in suspense, not in the wallet."
    WRONG_CURRENCY = (
        "wrong_currency",
        "The payment came in another currency. It is in suspense, not in the wallet.",
    )
    PAID_TWICE = (
        "paid_twice",
        "Another payment arrived for a funding that is paid. It is in suspense, not in the wallet.",
    )
    UNKNOWN_PAYMENT = (
        "unknown_payment",
        "A payment arrived under a reference that is no funding of ours. It is in suspense.",
    )
    TAKEN_TWICE = (
        "taken_twice",
        "Refunds and chargebacks took more than the payment was. The rest is our loss until it is "
        "back.",
    )
    CHARGEBACK = (
        "chargeback",
        "The payer disputes the payment. Answer the vendor before the due time.",
    )
