"""When the vendor is asked again: after the end, and while a webhook contradicts the API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from wallets import rechecks, requery
from wallets.ledger.documents import ChangeSource, Transaction, TransactionStatus
from wallets.ledger.vendor_objects import Fact, ObjectKind, VendorObject, record
from wallets.review.documents import ReviewCase

pytestmark = pytest.mark.usefixtures("db")
# Far from every other test's transactions: sweeps claim what is due.
NOW = datetime(2001, 1, 31, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    yield
    made = [each.reference for each in Transaction.objects(created_at__lt=NOW + 30 * DAY)]
    Transaction.objects(reference__in=made).delete()
    VendorObject.objects(transaction__in=made).delete()
    ReviewCase.objects(transaction__in=made).delete()


def ended(kind: str = "WITHDRAWAL", **fields: Any) -> Transaction:
    """A transaction that ended at noon, unless its fields say otherwise."""
    usual: dict[str, Any] = {"status": TransactionStatus.SUCCESS, "completed_at": NOW}
    return Transaction(
        reference=f"PFTST{ObjectId()}",
        wallet=ObjectId(),
        user_id=ObjectId(),
        number=1,
        type=kind,
        amount=100,
        created_at=NOW,
        updated_at=NOW,
        **{**usual, **fields},
    ).save(force_insert=True)


def known(transaction: Transaction, status: str = "successful", vendor_id: str = "") -> str:
    """The vendor's API has named this status of an object of the transaction."""
    fact = Fact(
        vendor="flutterwave",
        kind=ObjectKind.TRANSFER,
        vendor_id=vendor_id or transaction.reference,
        status=status,
    )
    record(
        fact,
        None,
        transaction=transaction.reference,
        source=ChangeSource.REQUERY,
        asked_at=NOW,
    )
    return fact.vendor_id


def claim(transaction: Transaction, vendor_id: str, claimed: str, at: datetime = NOW) -> None:
    rechecks.note_claim(
        transaction,
        vendor="flutterwave",
        kind=ObjectKind.TRANSFER,
        vendor_id=vendor_id,
        claimed=claimed,
        now=at,
    )


def object_of(transaction: Transaction, vendor_id: str) -> VendorObject:
    return VendorObject.objects.get(transaction=transaction.reference, vendor_id=vendor_id)  # type: ignore[no-any-return]


def again(transaction: Transaction) -> Transaction:
    return Transaction.objects.get(pk=transaction.pk)  # type: ignore[no-any-return]


def cases(transaction: Transaction) -> list[tuple[str, str, dict[str, object]]]:
    found = ReviewCase.objects(transaction=transaction.reference)
    return [(case.kind, case.vendor_id, case.evidence) for case in found]


# --- After the end ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "due"),
    [
        (timedelta(), HOUR),
        (HOUR - timedelta(seconds=1), HOUR),
        (HOUR, DAY),
        (DAY, 3 * DAY),
        (3 * DAY, 7 * DAY),
        (7 * DAY - timedelta(seconds=1), 7 * DAY),
        (7 * DAY, None),
    ],
)
def test_a_debit_is_asked_about_four_times_after_its_end(
    after: timedelta, due: timedelta | None
) -> None:
    """Each moment counts from the end, however late the last question was."""
    following = rechecks.next_recheck(ended(), ended_at=NOW, now=NOW + after)

    assert following == (None if due is None else NOW + due)


@pytest.mark.parametrize("kind", ["FUNDING", "REVERSAL", "ADJUSTMENT"])
def test_other_transactions_are_not_asked_about_after_their_end(kind: str) -> None:
    """The nightly window asks about fundings; nobody can be asked about the others."""
    assert rechecks.next_recheck(ended(kind), ended_at=NOW, now=NOW) is None


def test_a_sweep_claims_what_is_due_once_and_the_oldest_first() -> None:
    """With the next moment set; one that is not due is left as it is."""
    later = ended(recheck_at=NOW + HOUR, completed_at=NOW)
    earlier = ended(recheck_at=NOW, completed_at=NOW - HOUR)
    future = ended(recheck_at=NOW + HOUR + MINUTE)

    first = requery.claim_rechecks(now=NOW + HOUR, limit=1)
    second = requery.claim_rechecks(now=NOW + HOUR, limit=5)
    third = requery.claim_rechecks(now=NOW + HOUR, limit=5)

    assert first == [("wallets.requery", earlier.reference)]
    assert second == [("wallets.requery", later.reference)]
    assert third == []
    assert again(earlier).recheck_at == NOW - HOUR + DAY
    assert again(later).recheck_at == NOW + DAY
    assert again(future).recheck_at == NOW + HOUR + MINUTE


def test_the_last_question_leaves_no_moment() -> None:
    last = ended(recheck_at=NOW + 7 * DAY)

    assert len(requery.claim_rechecks(now=NOW + 7 * DAY, limit=5)) == 1
    assert "recheck_at" not in Transaction._get_collection().find_one({"_id": last.pk})


def test_a_sweep_claims_a_pending_transaction_and_counts_it() -> None:
    """The next look follows the flow's schedule; the oldest is claimed first."""
    pending = {"status": TransactionStatus.PENDING, "completed_at": None}
    second = ended(next_check_at=NOW, checks=1, **pending)
    first = ended(next_check_at=NOW - HOUR, **pending)
    future = ended(next_check_at=NOW + MINUTE, **pending)

    assert requery.claim_due(now=NOW, limit=1) == [("wallets.requery", first.reference)]
    assert requery.claim_due(now=NOW, limit=5) == [("wallets.requery", second.reference)]
    assert requery.claim_due(now=NOW, limit=5) == []

    assert (again(first).checks, again(second).checks) == (1, 2)
    assert again(first).next_check_at == NOW + MINUTE
    assert again(second).next_check_at == NOW + 2 * MINUTE
    assert (again(future).checks, again(future).next_check_at) == (0, NOW + MINUTE)


# --- Contradictions ---------------------------------------------------------------------------


def test_a_claim_is_noted_and_asked_about_after_a_minute() -> None:
    """With the schedule of a transaction that was never asked about."""
    transaction = ended(checks=7)
    vendor_id = known(transaction)

    claim(transaction, vendor_id, "failed")

    noted = object_of(transaction, vendor_id)
    assert (noted.claimed, noted.claimed_at) == ("failed", NOW)
    assert (again(transaction).next_check_at, again(transaction).checks) == (NOW + MINUTE, 0)


@pytest.mark.parametrize(
    ("earlier", "due"), [(30, 30), (90, 60)], ids=["sooner stays", "later is brought forward"]
)
def test_a_claim_never_puts_a_question_off(earlier: int, due: int) -> None:
    """Seconds from noon."""
    transaction = ended(next_check_at=NOW + timedelta(seconds=earlier))
    vendor_id = known(transaction)

    claim(transaction, vendor_id, "failed")

    assert again(transaction).next_check_at == NOW + timedelta(seconds=due)


def test_a_claim_that_the_api_confirms_or_that_was_noted_changes_nothing() -> None:
    """The time of the first claim counts; an object that the API has not named has none."""
    transaction = ended()
    vendor_id = known(transaction)

    claim(transaction, vendor_id, "successful")
    claim(transaction, "unknown", "failed")
    assert (object_of(transaction, vendor_id).claimed, again(transaction).next_check_at) == (
        None,
        None,
    )

    claim(transaction, vendor_id, "failed")
    claim(transaction, vendor_id, "failed", at=NOW + HOUR)
    assert object_of(transaction, vendor_id).claimed_at == NOW
    claim(transaction, vendor_id, "pending", at=NOW + HOUR)
    assert object_of(transaction, vendor_id).claimed_at == NOW + HOUR


def test_the_questions_end_when_both_agree() -> None:
    transaction = ended(next_check_at=NOW)
    known(transaction)

    rechecks.end_contest(transaction.reference, now=NOW)

    assert again(transaction).next_check_at is None
    assert cases(transaction) == []


@pytest.mark.parametrize(
    "state",
    [
        {"next_check_at": None},
        {"next_check_at": NOW, "status": TransactionStatus.PENDING, "completed_at": None},
    ],
    ids=["not asked", "PENDING"],
)
def test_no_other_question_is_ended(state: dict[str, Any]) -> None:
    """A PENDING transaction is asked about until it ends; an unknown one is nobody's."""
    transaction = ended(**state)
    vendor_id = known(transaction)
    VendorObject.objects(vendor_id=vendor_id).update(set__claimed="failed", set__claimed_at=NOW)

    rechecks.end_contest(transaction.reference, now=NOW + 2 * DAY)
    rechecks.end_contest("PFNOBODY", now=NOW)

    assert again(transaction).next_check_at == state["next_check_at"]
    assert object_of(transaction, vendor_id).claimed == "failed"
    assert cases(transaction) == []


def test_a_contradiction_of_a_day_is_a_persons_and_is_asked_about_no_more() -> None:
    """A moment before the day is over it is still asked about."""
    transaction = ended()
    vendor_id = known(transaction)
    claim(transaction, vendor_id, "failed")

    rechecks.end_contest(transaction.reference, now=NOW + DAY - MINUTE)
    assert again(transaction).next_check_at is not None
    assert cases(transaction) == []
    rechecks.end_contest(transaction.reference, now=NOW + DAY)

    evidence = {"claimed": "failed", "api": "successful", "status_then": "SUCCESS"}
    assert cases(transaction) == [("contested", vendor_id, evidence)]
    assert again(transaction).next_check_at is None
    left = object_of(transaction, vendor_id)
    assert (left.claimed, left.claimed_at) == (None, None)


def test_of_two_contradictions_the_younger_one_is_still_asked_about() -> None:
    """The older one has its case already."""
    transaction = ended()
    old = known(transaction)
    young = known(transaction, vendor_id=f"{old}-2")
    claim(transaction, old, "failed")
    claim(again(transaction), young, "failed", at=NOW + HOUR)

    rechecks.end_contest(transaction.reference, now=NOW + DAY)

    assert [vendor_id for _, vendor_id, _ in cases(transaction)] == [old]
    assert again(transaction).next_check_at is not None
    assert object_of(transaction, young).claimed == "failed"
