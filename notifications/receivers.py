"""Pushes after each commit that changed a transaction."""

from __future__ import annotations

import logging

from django.dispatch import receiver

from notifications.push import push
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
