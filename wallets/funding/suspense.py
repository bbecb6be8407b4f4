"""Suspense: what arrived and is nobody's yet. Staff decide whose it is; nothing is guessed.

A payment that is to go back to its payer is refunded at the vendor: the refund takes it out of
suspense by itself.
"""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from payflow.kernel.db import atomic
from payflow.kernel.money import NGN
from wallets.clients import PaymentStatus
from wallets.errors import SuspenseEmpty
from wallets.funding import FUNDING, vendor
from wallets.funding.targets import find_target
from wallets.ledger import intents
from wallets.ledger.chart import SUSPENSE_FLUTTERWAVE
from wallets.ledger.documents import ChangeSource, Transaction
from wallets.ledger.selectors import get_wallet
from wallets.ledger.targets import Target, customer_kobo
from wallets.ledger.vendor_objects import ObjectKind, VendorObject, find_object, objects_of
from wallets.settlement import settle

_EXCESS_CREDITED = "What was paid beyond the order is in the wallet now."


@atomic
def resolve_suspense(*, payment_id: str, user: User, by: str, now: datetime) -> Transaction:
    """Give a whole payment that is in suspense to a customer, as a funding of its own.

    For a payment under an unknown reference, a second payment, or one that was too little. The
    funding that it was recorded under keeps what it has credited. Repeating it is refused.
    Raises: SuspenseEmpty, WalletNotFound, WalletInactive, WalletLocked.
    """
    payment = find_object(vendor.VENDOR, ObjectKind.PAYMENT, payment_id)
    before = _find_holder(payment)
    if payment is None or before is None or not _is_whole_in_suspense(payment, before):
        raise SuspenseEmpty(payment_id=payment_id)
    funding = intents.record(
        get_wallet(user_id=user.pk),
        FUNDING,
        user=user,
        amount_kobo=int(payment.amount),
        requested_amount=int(payment.amount),
        hold_kobo=0,
        identity=None,
        now=now,
        expires_at=now,
        details={"from_reference": payment.named_reference, "decided_by": by},
    )
    _move(payment, before.reference, funding.reference)
    source = ChangeSource.STAFF
    settle(before, objects_of(before.reference), source=source, now=now)
    return settle(funding, objects_of(funding.reference), is_first=True, source=source, now=now)


@atomic
def credit_excess(*, reference: str, by: str, now: datetime) -> Transaction:
    """Give what was paid beyond the order of a funding to its customer.

    It is credited by a REVERSAL transaction, because the funding keeps the amount that was asked.
    Repeating it is refused. Raises: SuspenseEmpty.
    """
    funding = Transaction.objects(reference=reference, type=FUNDING).first()
    objects = objects_of(reference) if funding else []
    target = find_target(funding, objects) if funding else None
    excess = _suspense_kobo(target) if target and target.first else 0
    if funding is None or excess <= 0:
        raise SuspenseEmpty(reference=reference)
    accepted = int(funding.accepted_kobo or funding.requested_amount) + excess
    payments = [each.vendor_id for each in objects if each.kind is ObjectKind.PAYMENT]
    decision = {
        "accepted_kobo": accepted,
        "accepted_payments": payments,
        "details": {**funding.details, "excess_credited_by": by},
    }
    changes = {f"set__{name}": value for name, value in decision.items()}
    Transaction.objects(pk=funding.pk).update_one(**changes)
    for name, value in decision.items():
        setattr(funding, name, value)
    return settle(funding, objects, given_back=_EXCESS_CREDITED, source=ChangeSource.STAFF, now=now)


def _find_holder(payment: VendorObject | None) -> Transaction | None:
    """The transaction under which the payment is recorded."""
    if payment is None:
        return None
    return Transaction.objects(reference=payment.transaction).first()


def _is_whole_in_suspense(payment: VendorObject, holder: Transaction) -> bool:
    """True if its customer's money would stay the same without this payment."""
    is_there = payment.status == PaymentStatus.SUCCESSFUL.value
    if not is_there or payment.currency != holder.currency:
        return False
    if holder.type != FUNDING:
        return True
    objects = objects_of(holder.reference)
    others = [each for each in objects if each.pk != payment.pk]
    with_it, without = find_target(holder, objects), find_target(holder, others)
    same = customer_kobo(with_it.final) == customer_kobo(without.final)
    return same and _suspense_kobo(with_it) - _suspense_kobo(without) == payment.amount


def _suspense_kobo(target: Target) -> int:
    """What has arrived in naira and waits in suspense."""
    return sum(
        each.amount
        for each in target.final
        if each.credit_account == SUSPENSE_FLUTTERWAVE and each.currency == NGN
    )


def _move(payment: VendorObject, before: str, after: str) -> None:
    """The payment, its refunds and its chargebacks belong to another transaction from now on."""
    about = [each.pk for each in objects_of(before) if each.payment_id == payment.vendor_id]
    VendorObject.objects(pk__in=[payment.pk, *about]).update(set__transaction=after)
