"""What a settlement leaves on the transaction, on its REVERSALs and on the wallet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from payflow.kernel import clock
from payflow.kernel.errors import InvariantBroken
from tests.support.facts import dispute, funded, last_reversal, refund
from tests.support.people import Customer
from tests.support.withdrawals import start
from wallets.clients import ChargebackStatus, Transfer, TransferStatus
from wallets.ledger.documents import (
    ChangeSource,
    LedgerEntry,
    LockOwner,
    Transaction,
    TransactionStatus,
    Wallet,
)
from wallets.ledger.signals import transaction_changed
from wallets.review.documents import ReviewCase
from wallets.withdrawals import services as transfers

pytestmark = pytest.mark.usefixtures("vendor")
PAID, FAILED = TransferStatus.SUCCESSFUL, TransferStatus.FAILED
HOUR = timedelta(hours=1)


@pytest.fixture
def heard() -> Iterator[list[tuple[str, str]]]:
    """The type and the status of each transaction that is announced."""
    changed: list[tuple[str, str]] = []

    def listen(transaction: Transaction, **_: Any) -> None:
        changed.append((transaction.type, transaction.status.value))

    transaction_changed.connect(listen, sender=Transaction)
    yield changed
    transaction_changed.disconnect(listen, sender=Transaction)


def say(
    reference: str,
    status: TransferStatus,
    now: datetime,
    *,
    vendor_id: str = "",
    vendor_reason: str = "",
) -> Transaction:
    """The vendor's API says this of the only transfer of a withdrawal."""
    amount = Transaction.objects.get(reference=reference).amount
    transfer = Transfer(
        vendor_id=vendor_id or f"own-{reference}",
        reference=reference,
        status=status,
        amount_kobo=amount,
        reason="",
        vendor_reason=vendor_reason,
    )
    return transfers.apply_all([transfer], source=ChangeSource.REQUERY, now=now)


def ms(moment: datetime) -> datetime:
    """As the database keeps it."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


# --- The end ----------------------------------------------------------------------------------


def test_a_paid_debit_ends_with_its_balance_and_its_next_question(
    rich: Customer, heard: list[tuple[str, str]]
) -> None:
    """The hold is spent, and the vendor is asked again an hour later."""
    reference, now = start(rich), ms(clock.now())
    heard.clear()

    returned = say(reference, PAID, now)

    ended = rich.transaction(reference)
    for each in (returned, ended):
        assert (each.status, each.vendor_id) == (TransactionStatus.SUCCESS, f"own-{reference}")
        assert (each.completed_at, each.recheck_at, each.next_check_at) == (now, now + HOUR, None)
    assert (ended.history[-1].balance, ended.history[-1].source) == (8989_25, ChangeSource.REQUERY)
    assert (rich.wallet.balance, rich.wallet.held) == (8989_25, 0)
    assert heard == [("WITHDRAWAL", "SUCCESS")]


def test_a_failed_debit_gives_its_hold_back_and_books_nothing(
    rich: Customer, heard: list[tuple[str, str]]
) -> None:
    """The vendor's words are kept up to 300 characters; the history has no balance."""
    reference, now = start(rich), ms(clock.now())
    heard.clear()

    say(reference, FAILED, now, vendor_reason="x" * 301)

    ended = rich.transaction(reference)
    assert (ended.status, ended.vendor_reason) == (TransactionStatus.FAILED, "x" * 300)
    assert ended.reason == "The transfer could not be completed. Your money is back in your wallet."
    assert (ended.completed_at, ended.recheck_at) == (now, now + HOUR)
    assert ended.history[-1].balance is None
    assert (rich.wallet.balance, rich.wallet.held) == (10000_00, 0)
    assert LedgerEntry.objects(transaction=reference).count() == 0
    assert heard == [("WITHDRAWAL", "FAILED")]


def test_what_was_said_before_settles_nothing_again(
    rich: Customer, heard: list[tuple[str, str]]
) -> None:
    """Neither an entry nor an announcement, and the document stays as it was."""
    reference, now = start(rich), clock.now()
    say(reference, PAID, now)
    before = Transaction._get_collection().find_one({"reference": reference})
    heard.clear()

    say(reference, PAID, now + HOUR)

    assert Transaction._get_collection().find_one({"reference": reference}) == before
    assert heard == []


def test_news_that_changes_nothing_still_touches_the_transaction(rich: Customer) -> None:
    """So two blocks that hear different news at once collide, and the later one sees both."""
    reference = start(rich)
    now = clock.now()
    say(reference, PAID, now)
    counted = rich.transaction(reference).weighed or 0

    say(reference, PAID, now + HOUR, vendor_reason="On its way")

    assert rich.transaction(reference).weighed == counted + 1


# --- REVERSALs --------------------------------------------------------------------------------


def test_a_returned_debit_has_a_reversal_that_says_all(
    rich: Customer, heard: list[tuple[str, str]]
) -> None:
    """A transaction of its own, announced with the one that it changes."""
    reference = start(rich)
    say(reference, PAID, clock.now())
    heard.clear()
    now = ms(clock.now() + HOUR)

    say(reference, FAILED, now)

    ended, reversal = rich.transaction(reference), last_reversal(reference)
    returned = "The bank returned this transfer. The money is back in your wallet."
    assert (reversal.type, reversal.status) == ("REVERSAL", TransactionStatus.SUCCESS)
    assert (reversal.amount, reversal.fee, reversal.currency) == (1010_75, 0, "NGN")
    assert (reversal.wallet, reversal.user_id) == (rich.wallet.pk, rich.user.pk)
    assert (reversal.reverses, reversal.vendor) == (reference, "flutterwave")
    assert (reversal.vendor_id, reversal.reason) == (f"own-{reference}", returned)
    assert reversal.details == {"reverses": reference, "direction": "in"}
    assert (reversal.created_at, reversal.completed_at) == (now, now)
    assert (reversal.number, rich.wallet.transaction_number) == (ended.number + 1, reversal.number)
    [line] = reversal.history
    assert (line.status, line.reason, line.source) == (
        TransactionStatus.SUCCESS,
        returned,
        ChangeSource.REQUERY,
    )
    assert (line.at, line.balance) == (now, 10000_00)
    assert (ended.status, ended.reversed_kobo) == (TransactionStatus.SUCCESS, 1010_75)
    assert (ended.history[-1].reason, ended.history[-1].balance) == (returned, 10000_00)
    assert heard == [("REVERSAL", "SUCCESS"), ("WITHDRAWAL", "SUCCESS")]


def test_a_debit_that_is_paid_again_takes_the_money_by_a_second_reversal(rich: Customer) -> None:
    """In the other direction, with a sentence of its own."""
    reference, now = start(rich), clock.now()
    for hours, status in enumerate((PAID, FAILED, PAID)):
        say(reference, status, now + hours * HOUR)

    reversal = last_reversal(reference)
    assert reversal.details["direction"] == "out"
    assert reversal.reason == "The bank paid this transfer after all."
    assert reversal.amount == 1010_75
    assert rich.transaction(reference).reversed_kobo == 0
    assert (rich.wallet.balance, rich.wallet.held) == (8989_25, 0)


def test_a_failed_debit_that_is_paid_after_all_becomes_a_success(rich: Customer) -> None:
    """Its money is taken from what is available, and no REVERSAL is needed."""
    reference, now = start(rich), clock.now()
    say(reference, FAILED, now)

    say(reference, PAID, now + HOUR)

    ended = rich.transaction(reference)
    assert (ended.status, ended.history[-1].balance) == (TransactionStatus.SUCCESS, 8989_25)
    assert last_reversal(reference) is None
    assert (rich.wallet.balance, rich.wallet.held) == (8989_25, 0)


def test_a_refund_takes_first_what_is_frozen_for_it(customer: Customer) -> None:
    """A lost dispute spends what it froze, and the wallet holds nothing afterwards."""
    reference, payment_id = funded(customer, 1000_00)
    chargeback = dispute(payment_id, 600_00)
    frozen = customer.wallet
    dispute(payment_id, 600_00, ChargebackStatus.LOST, id=chargeback)

    assert (frozen.balance, frozen.held) == (1000_00, 600_00)
    assert (customer.wallet.balance, customer.wallet.held) == (400_00, 0)
    assert customer.transaction(reference).frozen == 0


def test_a_dispute_that_is_won_gives_back_without_a_reversal(customer: Customer) -> None:
    """What was frozen is available again."""
    reference, payment_id = funded(customer, 1000_00)
    chargeback = dispute(payment_id, 600_00)
    dispute(payment_id, 600_00, ChargebackStatus.WON, id=chargeback)

    assert (customer.wallet.balance, customer.wallet.held) == (1000_00, 0)
    assert customer.transaction(reference).frozen == 0
    assert last_reversal(reference) is None


# --- Money that repays a debt -----------------------------------------------------------------


def test_what_comes_back_to_a_customer_in_debt_says_where_it_went(customer: Customer) -> None:
    """On the REVERSAL and on the transaction; the debt is repaid by its entries."""
    _, payment_id = funded(customer, 2000_00)
    reference, now = start(customer), clock.now()
    say(reference, PAID, now)
    refund(payment_id, 2000_00)
    owed = customer.wallet.owed
    say(reference, FAILED, now + HOUR)

    said = "The bank returned this transfer. The money first repays what you owe us."
    assert owed == 1010_75
    assert (customer.wallet.owed, customer.wallet.balance) == (0, 0)
    assert last_reversal(reference).reason == said
    assert customer.transaction(reference).history[-1].reason == said
    assert not customer.wallet.is_locked


def test_a_hold_that_is_given_back_repays_a_debt_and_says_so(customer: Customer) -> None:
    """The customer's sentence does not call it available."""
    _, payment_id = funded(customer, 2000_00)
    reference = start(customer)
    refund(payment_id, 2000_00)
    in_debt = customer.wallet
    say(reference, FAILED, clock.now())

    assert (in_debt.owed, in_debt.held) == (1010_75, 1010_75)
    assert (customer.wallet.owed, customer.wallet.held, customer.wallet.balance) == (0, 0, 0)
    assert customer.transaction(reference).reason == (
        "The transfer could not be completed. Your money first repays what you owe us."
    )


# --- Books that contradict themselves ---------------------------------------------------------


def test_broken_books_lock_the_wallet_and_open_a_case(rich: Customer) -> None:
    """Nothing of the answer is booked, and a second failure adds no second case."""
    reference, now = start(rich), ms(clock.now())
    say(reference, PAID, now)
    [entry, *_] = LedgerEntry.objects(transaction=reference)
    LedgerEntry.objects(pk=entry.pk).update_one(set__amount=entry.amount + 1)

    for hours in (1, 2):
        with pytest.raises(InvariantBroken):
            say(reference, FAILED, now + hours * HOUR)

    wallet = rich.wallet
    [case] = ReviewCase.objects(transaction=f"wallet:{wallet.pk}")
    assert (case.kind, case.state) == ("books_broken", "OPEN")
    assert case.vendor_id == reference
    assert case.evidence["transaction"] == reference
    assert case.evidence["error"] == f"entry {entry.seq} of wallet {wallet.pk} was changed"
    [lock] = wallet.locks
    assert (lock.owner, lock.by, lock.reason, lock.since, lock.until) == (
        LockOwner.AUDIT,
        "settlement",
        "The books contradict themselves.",
        now + HOUR,
        None,
    )
    assert rich.transaction(reference).reversed_kobo == 0
    assert last_reversal(reference) is None


def test_a_hold_that_is_gone_breaks_no_other_wallet(rich: Customer) -> None:
    """The capture is refused, and the transaction stays PENDING."""
    reference = start(rich)
    Wallet.objects(pk=rich.wallet.pk).update_one(set__held=0)

    with pytest.raises(InvariantBroken):
        say(reference, PAID, clock.now())

    assert rich.transaction(reference).status is TransactionStatus.PENDING
    assert rich.wallet.is_locked
    assert LedgerEntry.objects(transaction=reference).count() == 0
