"""What the books should say about a purchase: a pure function of its vendor objects.

Each request id under which it was sent is an object. A delivery captures the hold; what is taken
back afterwards returns the money; a proven no releases it.
"""

from __future__ import annotations

from collections.abc import Sequence

from airtime.clients import NOT_COMPLETED, PurchaseVerdict
from airtime.purchases.chart import FLOAT_VTPASS, INCOME_COMMISSION, SUSPENSE_VTPASS
from airtime.purchases.documents import Purchase
from airtime.purchases.kinds import PurchaseCase
from wallets.ledger.documents import Transaction, TransactionStatus
from wallets.ledger.targets import CUSTOMER, Finding, Posting, Target
from wallets.ledger.vendor_objects import ObjectKind, VendorObject

# The verdicts that end a purchase without delivery, and the error code that the customer gets.
REFUSALS = {
    PurchaseVerdict.REFUSED: "purchase_refused",
    PurchaseVerdict.DUPLICATE: "purchase_refused",
    PurchaseVerdict.FAILED: "purchase_failed",
    PurchaseVerdict.REVERSED: "purchase_failed",
    PurchaseVerdict.ABSENT: "vendor_unavailable",
    PurchaseVerdict.NOT_SENT: "vendor_unavailable",
    PurchaseVerdict.OUR_FAULT: "vendor_unavailable",
    PurchaseVerdict.PRODUCT_OFF: "vendor_unavailable",
    PurchaseVerdict.NO_FLOAT: "vendor_low_balance",
    PurchaseVerdict.BAD_REQUEST_ID: "vendor_unavailable",
}
_DELIVERED = PurchaseVerdict.DELIVERED.value
# What the vendor may say of a purchase that it has delivered. Its other answers refuse an order.
_AFTERWARDS = (_DELIVERED, PurchaseVerdict.FAILED.value, PurchaseVerdict.REVERSED.value)
_NOS = tuple(verdict.value for verdict in REFUSALS)


def find_target(transaction: Transaction, objects: Sequence[VendorObject]) -> Target:
    """The target of a purchase. An answer that is unknown decides nothing."""
    sent = [each for each in objects if each.kind is ObjectKind.PURCHASE]
    delivered = [each for each in sent if each.latest(*_AFTERWARDS) == _DELIVERED]
    ever_delivered = [each for each in sent if each.was(_DELIVERED)]
    price = int(transaction.amount + transaction.fee)
    order = (Posting(CUSTOMER, FLOAT_VTPASS, price),)
    status = _status(sent, ever_delivered)
    refused = sent[-1] if status is TransactionStatus.FAILED else None
    return Target(
        status=status,
        first=order if ever_delivered else (),
        final=(
            *(order if delivered else ()),
            *_commission(price, delivered[:1]),
            *(Posting(SUSPENSE_VTPASS, FLOAT_VTPASS, _cost(each, price)) for each in delivered[1:]),
        ),
        findings=tuple(_findings(transaction, sent, delivered)),
        reason=str(refused.details.get("reason") or NOT_COMPLETED) if refused else None,
        vendor_reason=refused.details.get("vendor_reason") if refused else None,
        taken_back="The network delivered this purchase after all.",
        given_back="The network took this purchase back. The money is back in your wallet.",
        fields={"order": _refuse(transaction, refused)} if refused else {},
    )


def _status(
    sent: Sequence[VendorObject], ever_delivered: Sequence[VendorObject]
) -> TransactionStatus | None:
    """FAILED once the vendor has given a proven no to every request."""
    if ever_delivered:
        return TransactionStatus.SUCCESS
    is_no = bool(sent) and all(each.latest(*_NOS) in _NOS for each in sent)
    return TransactionStatus.FAILED if is_no else None


def _cost(delivered: VendorObject, price: int) -> int:
    """What the vendor took from our float; the whole price if it does not say."""
    debited = delivered.details.get("debited_kobo")
    return int(debited) if _is_clear(debited, price) else price


def _is_clear(debited: int | None, price: int) -> bool:
    """A fee of the vendor may make the cost more than the price, but not twice as much."""
    return debited is not None and 0 < debited < 2 * price


def _commission(price: int, delivered: Sequence[VendorObject]) -> list[Posting]:
    """What the vendor leaves us of the price; or what it took beyond it."""
    return [
        Posting(FLOAT_VTPASS, INCOME_COMMISSION, kobo)
        if kobo > 0
        else Posting(INCOME_COMMISSION, FLOAT_VTPASS, -kobo)
        for each in delivered
        if (kobo := price - _cost(each, price))
    ]


def _refuse(transaction: Transaction, refused: VendorObject) -> Purchase:
    """The order with the error code that its customer is answered with."""
    order = Purchase._from_son(transaction.order.to_mongo())
    order.refusal = REFUSALS[PurchaseVerdict(refused.latest(*_NOS))]
    return order


def _findings(
    transaction: Transaction, sent: Sequence[VendorObject], delivered: Sequence[VendorObject]
) -> list[Finding]:
    found = [_finding(PurchaseCase.DELIVERED_TWICE, each, transaction) for each in delivered[1:]]
    for each in sent:
        statuses = [sighting.status for sighting in each.history]
        if _DELIVERED not in statuses:
            continue
        before = statuses[: statuses.index(_DELIVERED)]
        if any(status in _NOS for status in before):
            found.append(_finding(PurchaseCase.DELIVERED_AFTER_FAILED, each, transaction))
        if each.latest(*_AFTERWARDS) != _DELIVERED:
            found.append(_finding(PurchaseCase.REVERSED_AFTER_SUCCESS, each, transaction))
        elif each.latest(*_NOS, _DELIVERED) != _DELIVERED:
            found.append(_finding(PurchaseCase.REFUSED_AFTER_SUCCESS, each, transaction))
        if each.details.get("echoed_kobo") not in (None, transaction.amount):
            found.append(_finding(PurchaseCase.AMOUNT_DIFFERS, each, transaction))
        price = transaction.amount + transaction.fee
        is_clear = _is_clear(each.details.get("debited_kobo"), price)
        if each.latest(*_AFTERWARDS) == _DELIVERED and not is_clear:
            found.append(_finding(PurchaseCase.DEBIT_UNCLEAR, each, transaction))
    return found


def _finding(kind: PurchaseCase, sent: VendorObject, transaction: Transaction) -> Finding:
    return Finding(
        kind,
        sent.vendor_id,
        {
            "ours_kobo": transaction.amount,
            "theirs_kobo": sent.details.get("echoed_kobo"),
            "debited_kobo": sent.details.get("debited_kobo"),
            "vendor_status": sent.status,
            "vendor_reason": sent.details.get("vendor_reason", ""),
            "times": sent.times(*_AFTERWARDS),
        },
    )
