"""Pushes after each commit that changed a transaction or ended login sessions."""

from __future__ import annotations

import logging

from bson import ObjectId
from django.dispatch import receiver

from accounts.signals import signed_out
from notifications.push import push, push_sign_out
from notifications.tasks import push_transaction
from payflow.kernel.failpoints import failpoint
from payflow.kernel.tasks import publish
from wallets.ledger.documents import Transaction
from wallets.ledger.signals import transaction_changed

logger = logging.getLogger(__name__)


@receiver(transaction_changed)
def push_change(sender: object, transaction: Transaction, **_: object) -> None:
    """Push now; if Redis does not answer, leave the push to a task."""
    failpoint("before-notify", transaction.status)
    try:
        push(transaction)
    except Exception as exc:  # the money is committed: a failed push must not fail the caller
        logger.warning("push of %s is left to a task: %s", transaction.reference, exc)
        publish(push_transaction, reference=transaction.reference)
    failpoint("after-notify", transaction.status)


@receiver(signed_out)
def close_sockets(sender: object, user_id: ObjectId, **_: object) -> None:
    """Close the sockets whose sessions have ended.

    If Redis does not answer, a socket finds out itself before it sends anything.
    """
    try:
        push_sign_out(user_id)
    except Exception as exc:  # the sessions have ended: a failed push must not fail the caller
        logger.warning("sockets of the user %s are not closed at once: %s", user_id, exc)
