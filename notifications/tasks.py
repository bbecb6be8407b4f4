"""Pushes that could not be sent at the time of the commit."""

from celery import shared_task

from notifications.push import push
from payflow.kernel.tasks import PayflowTask
from wallets.ledger import selectors


@shared_task(name="notifications.push_transaction", base=PayflowTask)
def push_transaction(*, reference: str, **_: object) -> None:
    """Push a transaction's present state. Watchers drop what they have seen."""
    if transaction := selectors.find_transaction(reference=reference):
        push(transaction)
