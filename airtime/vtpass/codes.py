"""What each of VTpass's answers means for the customer's money: a table with a reason in each row.

A code that is not in the table, is missing, or is not a text, is UNKNOWN. The vendor says that
everything outside its table counts as pending. A code that says no around a status that does not
is UNKNOWN as well: the vendor has delivered purchases that it reported as failed.
Source: docs/vendors/vtpass.md, sections 4 and 5.
"""

from __future__ import annotations

from dataclasses import dataclass

from airtime.clients import NOT_COMPLETED, PurchaseVerdict

_NO_SUCH_PLAN = "This plan is not sold any more. Your money is back in your wallet."
_OUT_OF_BOUNDS = "The network does not sell this amount. Your money is back in your wallet."
_NETWORK_AWAY = "The network cannot be reached just now. Your money is back in your wallet."
_NOT_SOLD = "This service is not sold just now. Your money is back in your wallet."
_TOO_SOON = (
    "The same purchase was made a moment ago. Your money is back in your wallet; "
    "if you want it twice, wait half a minute and buy again."
)


@dataclass(frozen=True)
class Rule:
    """`why` is the evidence. `plain` is the sentence for the customer if money comes back."""

    verdict: PurchaseVerdict
    why: str
    plain: str = NOT_COMPLETED


RULES: dict[str, Rule] = {
    "010": Rule(PurchaseVerdict.REFUSED, "variation code does not exist", _NO_SUCH_PLAN),
    "011": Rule(PurchaseVerdict.REFUSED, "invalid arguments: a mistake of ours"),
    "012": Rule(PurchaseVerdict.REFUSED, "product does not exist", _NOT_SOLD),
    "013": Rule(PurchaseVerdict.REFUSED, "below the minimum amount", _OUT_OF_BOUNDS),
    "014": Rule(PurchaseVerdict.UNKNOWN, "request id exists: an earlier send may have worked"),
    "015": Rule(PurchaseVerdict.ABSENT, "invalid request id: the purchase may still be on its way"),
    "016": Rule(PurchaseVerdict.FAILED, "transaction failed"),
    "017": Rule(PurchaseVerdict.REFUSED, "above the maximum amount", _OUT_OF_BOUNDS),
    "018": Rule(PurchaseVerdict.NO_FLOAT, "our float with the vendor is empty"),
    "019": Rule(PurchaseVerdict.DUPLICATE, "likely duplicate within half a minute", _TOO_SOON),
    "020": Rule(PurchaseVerdict.UNKNOWN, "biller confirmed: says nothing about a purchase"),
    "021": Rule(PurchaseVerdict.OUR_FAULT, "our account is locked"),
    "022": Rule(PurchaseVerdict.OUR_FAULT, "our account is suspended"),
    "023": Rule(PurchaseVerdict.OUR_FAULT, "our account has no API access"),
    "024": Rule(PurchaseVerdict.OUR_FAULT, "our account is inactive"),
    "025": Rule(PurchaseVerdict.REFUSED, "recipient bank invalid"),
    "026": Rule(PurchaseVerdict.REFUSED, "recipient account could not be verified"),
    "027": Rule(PurchaseVerdict.OUR_FAULT, "our address is not whitelisted"),
    "028": Rule(
        PurchaseVerdict.PRODUCT_OFF, "the product is not enabled on our account", _NOT_SOLD
    ),
    "030": Rule(PurchaseVerdict.REFUSED, "biller not reachable", _NETWORK_AWAY),
    "031": Rule(PurchaseVerdict.REFUSED, "below the minimum quantity"),
    "032": Rule(PurchaseVerdict.REFUSED, "above the maximum quantity"),
    "034": Rule(PurchaseVerdict.REFUSED, "service suspended", _NOT_SOLD),
    "035": Rule(PurchaseVerdict.REFUSED, "service inactive", _NOT_SOLD),
    "040": Rule(PurchaseVerdict.REVERSED, "reversal to our float"),
    "044": Rule(PurchaseVerdict.UNKNOWN, "resolved, the vendor does not say how"),
    "083": Rule(PurchaseVerdict.UNKNOWN, "system error at the vendor"),
    "085": Rule(
        PurchaseVerdict.BAD_REQUEST_ID, "improper request id: not today's date, around midnight"
    ),
    "087": Rule(PurchaseVerdict.OUR_FAULT, "invalid credentials"),
    "089": Rule(PurchaseVerdict.UNKNOWN, "request is processing"),
    "091": Rule(PurchaseVerdict.REFUSED, "transaction not processed, and not charged"),
    "099": Rule(PurchaseVerdict.UNKNOWN, "transaction is processing"),
}
# 000 says only that the request was processed, and 001 that it was looked up.
READ_STATUS = frozenset({"000", "001"})
STATUSES: dict[str, Rule] = {
    "delivered": Rule(PurchaseVerdict.DELIVERED, "value was delivered"),
    "failed": Rule(PurchaseVerdict.FAILED, "value was not delivered"),
    "reversed": Rule(PurchaseVerdict.REVERSED, "our float was credited again"),
    # Not here, so unknown: initiated, pending, resolved, and every other status.
}
_UNDOCUMENTED = Rule(PurchaseVerdict.UNKNOWN, "not in the vendor's table")
_CONTRADICTORY = Rule(PurchaseVerdict.UNKNOWN, "the code and the status contradict each other")


# With these the status says how the purchase ended, and agrees that nothing was delivered.
_NOT_DELIVERED = ("failed", "reversed")
# The vendor has the purchase, whatever became of it. Not 019, whose first request was another, and
# not 083, after which the vendor knew no purchase. Source: docs/vendors/vtpass.md, section 5.
ACKNOWLEDGEMENTS = READ_STATUS | {"014", "016", "040", "044", "089", "099"}


def rule_for(code: object, status: object) -> Rule:
    """The row for an answer's code and the status of the transaction inside it.

    A code and a status that contradict each other decide nothing, so money stays where it is.
    """
    text = normalise(code)
    if text in READ_STATUS:
        return STATUSES.get(str(status).lower(), _UNDOCUMENTED)
    rule = RULES.get(text, _UNDOCUMENTED)
    return rule if _agrees(rule, status) else _CONTRADICTORY


def normalise(code: object) -> str:
    """The code as three digits; empty if it is not a text."""
    return code.zfill(3) if isinstance(code, str) and code else ""


def _agrees(rule: Rule, status: object) -> bool:
    """False if the code is a no and the status is not, or if an absent purchase has a status."""
    if status is None or status == "" or rule.verdict is PurchaseVerdict.UNKNOWN:
        return True
    return rule.verdict is not PurchaseVerdict.ABSENT and str(status).lower() in _NOT_DELIVERED
