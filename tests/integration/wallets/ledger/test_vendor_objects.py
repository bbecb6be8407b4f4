"""What is stored of a vendor's answers, and which of them are news."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId
from mongoengine.errors import ValidationError
from pymongo.errors import DuplicateKeyError

from payflow.kernel.db import atomic
from wallets.ledger.documents import ChangeSource
from wallets.ledger.vendor_objects import (
    Fact,
    ObjectKind,
    VendorObject,
    find_object,
    objects_of,
    record,
)

pytestmark = pytest.mark.usefixtures("db")
NOON = datetime(2026, 1, 31, 12, 0, 0, 123_000, tzinfo=UTC)
HOUR = timedelta(hours=1)
REFERENCE = f"PFTST{ObjectId()}"
ANSWER = Fact(
    vendor="testvendor",
    kind=ObjectKind.TRANSFER,
    vendor_id="7",
    status="pending",
    amount=500,
    fee=10,
    currency="NGN",
    named_reference=REFERENCE,
    payment_id="12",
    made_at=NOON - HOUR,
    due_at=NOON + HOUR,
    details={"bank": "044", "said": None},
)


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    yield
    VendorObject.objects(vendor="testvendor").delete()


@atomic
def say(fact: Fact, hours: int = 0, source: ChangeSource = ChangeSource.REQUERY) -> bool:
    """The vendor answers a question that was asked so many hours after noon."""
    known = find_object(fact.vendor, fact.kind, fact.vendor_id)
    asked_at = NOON + hours * HOUR
    _, is_news = record(fact, known, transaction=REFERENCE, source=source, asked_at=asked_at)
    return is_news


def stored() -> dict[str, Any]:
    [row] = VendorObject._get_collection().find({"vendor": "testvendor"})
    del row["_id"]
    return dict(row)


def found() -> VendorObject:
    known = find_object("testvendor", ObjectKind.TRANSFER, "7")
    assert known is not None
    return known


def test_a_first_answer_is_news_and_is_kept_whole() -> None:
    """Every field, and nothing for what the vendor left out."""
    assert say(ANSWER, source=ChangeSource.WEBHOOK) is True

    known = found()
    kept = {name: getattr(known, name) for name in ANSWER.__dict__ if name != "details"}
    assert kept == {name: value for name, value in ANSWER.__dict__.items() if name != "details"}
    assert (known.transaction, known.asked_at, known.highest) == (REFERENCE, NOON, {"pending": 500})
    assert [(each.status, each.at, each.source) for each in known.history] == [
        ("pending", NOON, ChangeSource.WEBHOOK)
    ]
    assert known.details == {"bank": "044"}
    assert known.details_at == {"bank": NOON, "made_at": NOON}
    assert (known.claimed, known.claimed_at) == (None, None)


def test_without_a_time_of_its_own_an_object_is_as_old_as_the_earliest_question() -> None:
    """Also if the answer to the earliest question is heard last."""
    timeless = replace(ANSWER, made_at=None)
    say(timeless, hours=2)
    assert (found().made_at, found().details_at) == (NOON + 2 * HOUR, {"bank": NOON + 2 * HOUR})

    say(timeless, hours=1)
    assert found().made_at == NOON + HOUR
    say(timeless, hours=3)
    assert found().made_at == NOON + HOUR


def test_moments_are_kept_in_milliseconds() -> None:
    """As they are read from the database again: else the next answer would be news."""
    precise = replace(
        ANSWER, made_at=NOON + timedelta(microseconds=456), due_at=NOON + timedelta(microseconds=99)
    )
    say(precise)

    assert (found().made_at, found().due_at) == (NOON, NOON)
    assert say(precise) is False


@pytest.mark.parametrize("hours", [0, 1, -1])
def test_the_same_answer_again_is_no_news(hours: int) -> None:
    """Whether it answers the same question, a later one or an earlier one."""
    say(ANSWER)

    assert say(ANSWER, hours=hours) is False
    known = found()
    assert (known.asked_at, known.status) == (NOON + max(hours, 0) * HOUR, "pending")


def test_the_same_answer_to_the_same_question_writes_nothing() -> None:
    """Not even to the history."""
    say(ANSWER)
    before = stored()

    say(ANSWER)

    assert stored() == before


@pytest.mark.parametrize(
    "change",
    [
        {"status": "successful"},
        {"amount": 501},
        {"amount": 499},
        {"fee": 11},
        {"currency": "USD"},
        {"named_reference": "PFOTHER"},
        {"payment_id": None},
        {"made_at": NOON},
        {"due_at": None},
        {"details": {"bank": "058"}},
        {"details": {"charge": 0}},
    ],
    ids=lambda change: "-".join(f"{name}-{value}" for name, value in change.items()),
)
def test_a_later_answer_that_says_something_else_is_news(change: dict[str, Any]) -> None:
    """What it does not change stays as it was."""
    say(ANSWER)
    before = stored()

    assert say(replace(ANSWER, **change), hours=1) is True

    after, known = stored(), found()
    [name] = change
    if name == "details":
        assert known.details == {"bank": "044", **change["details"]}
    else:
        assert getattr(known, name) == change[name]
    may_change = {name, "asked_at", "details_at", "history", "highest"}
    same = set(before) - may_change
    assert {each: after.get(each) for each in same} == {each: before[each] for each in same}


def test_what_a_vendor_takes_out_of_its_answer_is_stored_no_longer() -> None:
    """The field is gone from the document, and the others stay."""
    say(ANSWER)

    say(replace(ANSWER, due_at=None, payment_id=None), hours=1)

    assert not {"due_at", "payment_id"} & set(stored())
    assert stored()["named_reference"] == REFERENCE


def test_an_answer_to_an_earlier_question_only_adds_to_the_history() -> None:
    """A status that nobody had heard of is news; its amount and its fee are not taken over."""
    say(replace(ANSWER, status="failed"), hours=2)
    before = stored()

    earlier = replace(ANSWER, status="successful", fee=99, currency="USD", payment_id=None)
    assert say(earlier, hours=1) is True

    known = found()
    assert [each.status for each in known.history] == ["successful", "failed"]
    assert (known.status, known.asked_at) == ("failed", NOON + 2 * HOUR)
    assert known.highest == {"failed": 500, "successful": 500}
    same = set(before) - {"history", "highest"}
    assert {name: stored()[name] for name in same} == {name: before[name] for name in same}


def test_an_order_of_statuses_that_nobody_had_heard_of_is_news() -> None:
    """Pending once more, between two other statuses: a return that was missed."""
    for hours, status in ((0, "pending"), (6, "successful"), (2, "failed")):
        say(replace(ANSWER, status=status), hours=hours)

    assert say(ANSWER, hours=1) is False
    assert say(ANSWER, hours=4, source=ChangeSource.RECONCILE) is True

    seen = [(each.status, each.source) for each in found().history]
    assert seen == [
        ("pending", ChangeSource.REQUERY),
        ("pending", ChangeSource.REQUERY),
        ("failed", ChangeSource.REQUERY),
        ("pending", ChangeSource.RECONCILE),
        ("successful", ChangeSource.REQUERY),
    ]


def test_of_a_status_that_is_repeated_the_first_and_the_last_sighting_are_kept() -> None:
    """What is heard later may lie between them, and nowhere else."""
    for hours, status in enumerate(["pending", *["successful"] * 4]):
        say(replace(ANSWER, status=status), hours=hours)

    seen = [(each.status, (each.at - NOON) / HOUR) for each in found().history]
    assert seen == [("pending", 0), ("successful", 1), ("successful", 4)]


def test_an_answer_that_is_no_number_is_not_stored() -> None:
    with pytest.raises(ValidationError):
        say(replace(ANSWER, amount="much"))

    assert objects_of(REFERENCE) == []


def test_a_detail_counts_by_the_question_that_it_answered() -> None:
    """An answer may leave it out, which takes nothing back."""
    say(replace(ANSWER, details={"bank": "044"}), hours=1)
    say(replace(ANSWER, details={}), hours=3)
    assert found().details == {"bank": "044"}

    say(replace(ANSWER, details={"bank": "058"}), hours=2)
    assert found().details == {"bank": "058"}
    say(replace(ANSWER, details={"bank": "011"}), hours=1)
    assert found().details == {"bank": "058"}


def test_a_time_of_the_vendor_counts_by_the_question_that_it_answered() -> None:
    """The time that came with the later question stays."""
    say(ANSWER, hours=2)
    say(replace(ANSWER, made_at=NOON - 5 * HOUR), hours=1)
    assert found().made_at == NOON - HOUR

    say(replace(ANSWER, made_at=NOON - 5 * HOUR), hours=2)
    assert found().made_at == NOON - 5 * HOUR


@pytest.mark.parametrize(
    ("claimed", "left"), [("successful", None), ("failed", "failed")], ids=["agrees", "contradicts"]
)
def test_a_claim_ends_with_the_answer_that_agrees(claimed: str, left: str | None) -> None:
    """The claim and its time are gone from the document."""
    say(ANSWER)
    VendorObject.objects(vendor="testvendor").update_one(set__claimed=claimed, set__claimed_at=NOON)

    say(replace(ANSWER, status="successful"), hours=1)

    row = stored()
    assert row.get("claimed") == left
    assert ("claimed_at" in row) is (left is not None)


def test_the_highest_amount_of_each_status_is_kept() -> None:
    """A vendor that corrects an amount downwards may have moved the higher one."""
    for hours, kobo in enumerate([500, 700, 600]):
        say(replace(ANSWER, amount=kobo), hours=hours)

    assert (found().amount, found().highest) == (600, {"pending": 700})


def test_only_the_same_vendor_kind_and_id_is_the_same_object() -> None:
    """Ids repeat between kinds."""
    say(ANSWER)
    say(replace(ANSWER, kind=ObjectKind.PAYMENT))
    say(replace(ANSWER, vendor_id="8"))

    keys = [(each.kind, each.vendor_id) for each in objects_of(REFERENCE)]
    assert sorted(keys) == [("payment", "7"), ("transfer", "7"), ("transfer", "8")]
    assert find_object("othervendor", ObjectKind.TRANSFER, "7") is None


def test_of_two_that_record_an_object_at_once_the_later_one_begins_again() -> None:
    """Its error says that the block may be repeated, in which the object is then found."""
    say(ANSWER)

    with pytest.raises(DuplicateKeyError) as caught:
        record(ANSWER, None, transaction=REFERENCE, source=ChangeSource.REQUERY, asked_at=NOON)

    assert caught.value.has_error_label("TransientTransactionError")
    assert len(objects_of(REFERENCE)) == 1
