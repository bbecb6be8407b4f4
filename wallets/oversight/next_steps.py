"""What happens next to a transaction, in sentences for staff. No I/O, and the time is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from payflow.kernel import clock
from payflow.kernel.durations import format_distance
from wallets import flows
from wallets.inbox.documents import EventStatus, WebhookEvent
from wallets.ledger.documents import Transaction, TransactionStatus
from wallets.review.documents import CaseState, ReviewCase

# A sweep that runs takes what is due within seconds.
_OVERDUE_AFTER = timedelta(minutes=5)


@dataclass(frozen=True)
class NextStep:
    """One thing that will happen or has to be done, and when, if that is known."""

    sentence: str
    at: datetime | None = None


def find_next_steps(
    transaction: Transaction,
    *,
    cases: Sequence[ReviewCase],
    events: Sequence[WebhookEvent],
    reversals: Sequence[str],
    now: datetime,
) -> list[NextStep]:
    """`reversals` are the references of the REVERSALs of this transaction."""
    has_open_case = any(case.state is CaseState.OPEN for case in cases)
    if transaction.status is TransactionStatus.PENDING:
        steps = _of_pending(transaction, has_open_case, now)
    else:
        steps = _of_final(transaction, has_open_case, reversals, now)
    return steps + [step for event in events if (step := _of_event(event, now))]


def describe_moment(moment: datetime, now: datetime, *, zone: str = " in Lagos") -> str:
    """'14:05 in Lagos (in 3 minutes)'; with its date if it is on another day in Lagos."""
    is_today = clock.lagos_day(moment) == clock.lagos_day(now)
    local = moment.astimezone(clock.LAGOS)
    text = f"{local:%H:%M}" if is_today else f"{local:%Y-%m-%d %H:%M}"
    return f"{text}{zone} ({format_distance(moment, now)})"


def _of_pending(transaction: Transaction, has_open_case: bool, now: datetime) -> list[NextStep]:
    steps = _of_page(transaction, now) if flows.is_credit(transaction.type) else []
    if transaction.next_check_at is not None:
        steps.append(_of_sweep(transaction, now))
    if has_open_case:
        steps.append(NextStep("A person must decide: it has an open review case."))
    if transaction.next_check_at is None:
        steps.append(NextStep("No sweep looks at it. Staff can requery it in the admin."))
    return steps


def _of_page(transaction: Transaction, now: datetime) -> list[NextStep]:
    if not transaction.link:
        sentence = "No link to a payment page is stored: the request ended before it was opened."
        return [NextStep(sentence)]
    if transaction.expires_at is None or transaction.expires_at <= now:
        return []
    closes = describe_moment(transaction.expires_at, now)
    return [NextStep(f"The payment page closes at {closes}.", transaction.expires_at)]


def _of_sweep(transaction: Transaction, now: datetime) -> NextStep:
    due = transaction.next_check_at
    flow = flows.get_flow(transaction.type)
    is_unsent_debit = not flow.is_credit and transaction.sent_at is None
    action = flow.if_unsent if is_unsent_debit else "requeries it"
    moment = describe_moment(due, now)
    if due > now:
        return NextStep(f"A sweep {action} at {moment}.", due)
    sentence = f"The next sweep {action}. It has been due since {moment}."
    if due < now - _OVERDUE_AFTER:
        sentence += " Sweeps are late: check that beat and a worker run."
    return NextStep(sentence, due)


def _of_final(
    transaction: Transaction, has_open_case: bool, reversals: Sequence[str], now: datetime
) -> list[NextStep]:
    if has_open_case:
        return [NextStep("A person must decide: it has an open review case.")]
    changed = f", and changed afterwards by {', '.join(reversals)}" if reversals else ""
    times = [each for each in (transaction.next_check_at, transaction.recheck_at) if each]
    if times:
        moment = describe_moment(min(times), now)
        sentence = f"It is final{changed}. A sweep asks the vendor once more at {moment}."
        return [NextStep(sentence, min(times))]
    if reversals:
        return [NextStep(f"Nothing: it is final{changed}.")]
    is_failed_credit = (
        flows.is_credit(transaction.type) and transaction.status is TransactionStatus.FAILED
    )
    if is_failed_credit:
        return [NextStep("Nothing, unless a payment arrives after all. Then it is credited.")]
    return [NextStep("Nothing: it is final.")]


def _of_event(event: WebhookEvent, now: datetime) -> NextStep | None:
    if event.status is EventStatus.DEAD:
        return NextStep(f"A person must replay the DEAD webhook event {event.pk}.")
    if event.status is EventStatus.RECEIVED and event.next_attempt_at is not None:
        moment = describe_moment(event.next_attempt_at, now)
        sentence = f"A worker processes the webhook event {event.pk}; a sweep publishes it again at"
        return NextStep(f"{sentence} {moment}.", event.next_attempt_at)
    return None
