"""What is kept of a vendor's answers, in whatever order they are heard."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from wallets.ledger.documents import ChangeSource
from wallets.ledger.vendor_objects import (
    Fact,
    ObjectKind,
    VendorObject,
    first_sight,
    hear,
    in_order,
)

MADE = datetime(2026, 1, 31, 11, 59, tzinfo=UTC)
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def at(minute: int) -> datetime:
    return NOON + timedelta(minutes=minute)


def fact(status: str = "pending", **fields: Any) -> Fact:
    given: dict[str, Any] = {"vendor": "flutterwave", "kind": ObjectKind.PAYMENT, "vendor_id": "7"}
    return Fact(status=status, **{**given, "made_at": MADE, **fields})


def heard(*answers: tuple[int, Fact]) -> VendorObject:
    """The object after these answers, each to a question of that minute."""
    (minute, first), *others = answers
    known = first_sight(first, "PFFUN1", ChangeSource.API, at(minute))
    for minute, each in others:
        hear(known, each, ChangeSource.WEBHOOK, at(minute))
    return known


def named(*statuses: str) -> VendorObject:
    """The object after the vendor named these statuses, minute by minute."""
    return heard(*((minute, fact(status)) for minute, status in enumerate(statuses)))


def history(known: VendorObject) -> list[tuple[int, str]]:
    return [(int((each.at - NOON) / timedelta(minutes=1)), each.status) for each in known.history]


# First sight


def test_the_first_sight_of_an_object_keeps_all_that_the_vendor_said():
    """Each part of the fact, the transaction, and when and through what it was heard."""
    seen = first_sight(
        fact(
            "successful",
            amount=1000_00,
            fee=14_00,
            currency="USD",
            named_reference="PFFUN9",
            payment_id="6",
            due_at=at(60),
            details={"method": "card"},
        ),
        "PFFUN1",
        ChangeSource.REQUERY,
        NOON,
    )

    assert seen.to_mongo().to_dict() == {
        "vendor": "flutterwave",
        "kind": "payment",
        "vendor_id": "7",
        "transaction": "PFFUN1",
        "named_reference": "PFFUN9",
        "payment_id": "6",
        "status": "successful",
        "amount": 1000_00,
        "fee": 14_00,
        "highest": {"successful": 1000_00},
        "currency": "USD",
        "made_at": MADE,
        "due_at": at(60),
        "asked_at": NOON,
        "history": [{"status": "successful", "at": NOON, "source": "requery"}],
        "details": {"method": "card"},
        "details_at": {"method": NOON, "made_at": NOON},
    }


def test_a_fact_without_amounts_is_about_no_money_in_naira():
    """The defaults of a fact."""
    bare = Fact(vendor="v", kind=ObjectKind.REFUND, vendor_id="1", status="pending")

    assert (bare.amount, bare.fee, bare.currency, bare.details) == (0, 0, "NGN", {})
    assert (bare.named_reference, bare.payment_id, bare.made_at, bare.due_at) == (None,) * 4


@pytest.mark.parametrize("answers", list(permutations([(3, 400_00), (5, 900_00), (7, 100_00)])))
def test_the_highest_amount_of_a_status_is_kept_in_any_order(answers):
    """And the amount is that of the latest question."""
    seen = heard(*((minute, fact("successful", amount=kobo)) for minute, kobo in answers))

    assert (seen.amount, seen.highest) == (100_00, {"successful": 900_00})


def test_an_object_whose_time_the_vendor_does_not_name_was_made_when_we_asked():
    assert heard((3, fact(made_at=None))).made_at == at(3)


@pytest.mark.parametrize(
    "named, kept", [(123_999, 123_000), (999, 0), (999_000, 999_000), (1_000, 1_000), (0, 0)]
)
def test_times_of_the_vendor_are_kept_in_milliseconds(named, kept):
    """As the database returns them, so that a repeated answer is no news."""
    moment = MADE.replace(microsecond=named)

    seen = heard((0, fact(made_at=moment, due_at=moment)))

    assert seen.made_at == seen.due_at == MADE.replace(microsecond=kept)


def test_details_that_the_vendor_leaves_out_are_not_kept():
    """None says nothing; an empty text or a zero is an answer."""
    seen = heard((0, fact(details={"reason": None, "method": "", "debited_kobo": 0})))

    assert seen.details == {"method": "", "debited_kobo": 0}
    assert seen.details_at == {"method": NOON, "debited_kobo": NOON, "made_at": NOON}


# Later and earlier answers


def test_the_answer_to_a_later_question_counts():
    """Every part of it replaces what was known."""
    known = heard(
        (0, fact("pending", amount=1, fee=1, currency="NGN", named_reference="A", due_at=at(5))),
        (
            1,
            fact(
                "successful",
                amount=2,
                fee=3,
                currency="USD",
                named_reference="B",
                payment_id="6",
                made_at=at(-9),
                due_at=at(8),
            ),
        ),
    )

    assert (known.status, known.amount, known.fee, known.currency) == ("successful", 2, 3, "USD")
    assert (known.named_reference, known.payment_id) == ("B", "6")
    assert (known.made_at, known.due_at, known.asked_at) == (at(-9), at(8), at(1))


def test_the_answer_to_an_earlier_question_only_adds_to_the_history():
    """What is known now stays as it is."""
    known = heard(
        (1, fact("successful", amount=2, fee=3, due_at=at(8))),
        (0, fact("pending", amount=1, fee=1, made_at=at(-9), due_at=at(5))),
    )

    assert (known.status, known.amount, known.fee) == ("successful", 2, 3)
    assert (known.made_at, known.due_at, known.asked_at) == (MADE, at(8), at(1))
    assert history(known) == [(0, "pending"), (1, "successful")]


def test_of_two_answers_to_questions_of_the_same_moment_the_one_heard_last_counts():
    """The clock cannot tell them apart."""
    known = heard((0, fact("pending")), (0, fact("successful", amount=5)))

    assert (known.status, known.amount) == ("successful", 5)
    assert history(known) == [(0, "pending"), (0, "successful")]


def test_a_later_answer_without_a_time_keeps_the_time_that_is_known():
    assert heard((0, fact()), (1, fact(made_at=None))).made_at == MADE


def test_a_later_answer_without_a_due_time_ends_it():
    """A chargeback that is decided is due no more."""
    known = heard((0, fact("open", due_at=at(9))), (1, fact("won")))

    assert known.due_at is None


def test_each_sighting_keeps_its_source_and_its_time():
    known = heard((0, fact("pending")), (1, fact("successful")))

    assert [each.source for each in known.history] == [ChangeSource.API, ChangeSource.WEBHOOK]


def test_a_status_that_was_known_before_histories_were_kept_joins_the_history():
    """An object that was stored without a history loses no status."""
    known = heard((0, fact("pending")))
    known.history = []

    hear(known, fact("successful"), ChangeSource.REQUERY, at(1))

    assert history(known) == [(0, "pending"), (1, "successful")]
    assert [each.source for each in known.history] == [ChangeSource.REQUERY] * 2


# Details


DETAILS = {
    "a later answer replaces a detail": (
        [(0, {"reason": "old"}), (1, {"reason": "new"})],
        {"reason": "new"},
        {"reason": at(1)},
    ),
    "an earlier answer does not": (
        [(1, {"reason": "new"}), (0, {"reason": "old"})],
        {"reason": "new"},
        {"reason": at(1)},
    ),
    "a later answer that leaves a detail out keeps it": (
        [(0, {"reason": "old"}), (1, {"reason": None, "method": "card"})],
        {"reason": "old", "method": "card"},
        {"reason": at(0), "method": at(1)},
    ),
    "an earlier answer adds what the later one left out": (
        [(1, {"method": "card"}), (0, {"reason": "old"})],
        {"reason": "old", "method": "card"},
        {"reason": at(0), "method": at(1)},
    ),
    "each detail has its own time": (
        [(0, {"reason": "a"}), (2, {"method": "card"}), (1, {"reason": "b", "method": "bank"})],
        {"reason": "b", "method": "card"},
        {"reason": at(1), "method": at(2)},
    ),
    "an answer of the same moment replaces a detail": (
        [(0, {"reason": "a"}), (0, {"reason": "b"})],
        {"reason": "b"},
        {"reason": at(0)},
    ),
}


@pytest.mark.parametrize("answers, details, times", DETAILS.values(), ids=DETAILS)
def test_the_latest_answer_that_names_a_detail_counts(answers, details, times):
    """Each detail by itself: an answer may leave a part out."""
    known = heard(*((minute, fact(details=given)) for minute, given in answers))

    assert known.details == details
    assert {name: at for name, at in known.details_at.items() if name != "made_at"} == times


@pytest.mark.parametrize(
    "answers", list(permutations([(3, None), (5, MADE), (7, None), (1, None)]))
)
def test_the_vendors_time_counts_in_any_order(answers):
    """An answer without a time does not take back one that has it."""
    known = heard(*((minute, fact(made_at=made)) for minute, made in answers))

    assert known.made_at == MADE


@pytest.mark.parametrize("answers", list(permutations([3, 5, 1])))
def test_without_a_time_of_the_vendors_the_earliest_question_counts(answers):
    """The same object in any order."""
    known = heard(*((minute, fact(made_at=None)) for minute in answers))

    assert known.made_at == at(1)


@pytest.mark.parametrize("answers", list(permutations([(1, None), (3, at(9)), (5, None)])))
def test_the_vendors_time_counts_although_it_is_later_than_our_question(answers):
    """The vendor's clock is ahead of ours."""
    known = heard(*((minute, fact(made_at=made)) for minute, made in answers))

    assert known.made_at == at(9)


# The history


HISTORIES = {
    "one answer": ([(0, "pending")], [(0, "pending")]),
    "the same answer twice": ([(0, "pending"), (0, "pending")], [(0, "pending")]),
    "the same status later": (
        [(0, "pending"), (1, "pending")],
        [(0, "pending"), (1, "pending")],
    ),
    "the same status three times": (
        [(0, "pending"), (1, "pending"), (2, "pending")],
        [(0, "pending"), (2, "pending")],
    ),
    "the same status between its first and last sighting": (
        [(0, "pending"), (2, "pending"), (1, "pending")],
        [(0, "pending"), (2, "pending")],
    ),
    "another status between two sightings": (
        [(0, "pending"), (2, "pending"), (1, "failed")],
        [(0, "pending"), (1, "failed"), (2, "pending")],
    ),
    "a status that returns starts a new row": (
        [(0, "a"), (1, "a"), (2, "b"), (3, "a"), (4, "a"), (5, "a")],
        [(0, "a"), (1, "a"), (2, "b"), (3, "a"), (5, "a")],
    ),
    "two statuses in turns are all kept": (
        [(0, "a"), (1, "b"), (2, "a"), (3, "b")],
        [(0, "a"), (1, "b"), (2, "a"), (3, "b")],
    ),
    "an answer that is heard long after others": (
        [(3, "successful"), (4, "successful"), (0, "pending"), (5, "successful")],
        [(0, "pending"), (3, "successful"), (5, "successful")],
    ),
    "the last sighting heard again": (
        [(0, "a"), (1, "a"), (1, "a")],
        [(0, "a"), (1, "a")],
    ),
    "the first sighting heard again": (
        [(0, "a"), (1, "a"), (0, "a")],
        [(0, "a"), (1, "a")],
    ),
}


@pytest.mark.parametrize("answers, expected", HISTORIES.values(), ids=HISTORIES)
def test_the_history_has_both_ends_of_each_row_of_the_same_status(answers, expected):
    """In the order of the questions. What is heard later may lie between the two ends."""
    known = heard(*((minute, fact(status)) for minute, status in answers))

    assert history(known) == expected


def test_facts_heard_in_any_order_leave_the_same_object():
    """Every order of five answers of five minutes."""
    answers = [
        (0, fact("pending", details={"reason": "a"})),
        (1, fact("failed", amount=1, details={"method": "card"})),
        (2, fact("failed", amount=2, details={"reason": "b", "method": None})),
        (3, fact("successful", amount=3, fee=1)),
        (4, fact("successful", amount=3, fee=2, due_at=at(9), details={"reason": None})),
    ]
    expected = heard(*answers)

    for order in permutations(answers):
        known = heard(*order, order[0])
        assert history(known) == history(expected)
        for name in ("status", "amount", "fee", "due_at", "asked_at", "details", "details_at"):
            assert getattr(known, name) == getattr(expected, name)


def test_fifty_sightings_are_all_kept():
    statuses = ["a", "b"] * 25

    assert history(named(*statuses)) == list(enumerate(statuses))


def test_a_longer_history_loses_its_middle():
    """The first 25 and the last 25 sightings stay."""
    statuses = [f"s{n}" for n in range(51)]
    kept = list(enumerate(statuses))

    assert history(named(*statuses)) == kept[:25] + kept[26:]


# Claims of webhooks


@pytest.mark.parametrize(
    "minute, status, claimed",
    [(1, "successful", None), (1, "failed", "successful"), (-1, "successful", "successful")],
    ids=["the API agrees", "the API says otherwise", "the API agreed before it was claimed"],
)
def test_a_claim_ends_once_the_api_says_the_same(minute, status, claimed):
    """An answer to an earlier question ends no claim. A later one counts in any case."""
    known = heard((0, fact("pending")))
    known.claimed, known.claimed_at = "successful", NOON

    hear(known, fact(status), ChangeSource.REQUERY, at(minute))

    assert known.status == ("pending" if minute < 0 else status)
    assert known.claimed == claimed
    assert known.claimed_at == (NOON if claimed else None)


# Questions to an object


@pytest.mark.parametrize(
    "statuses, asked, latest",
    [
        (["pending", "successful"], ["successful", "failed"], "successful"),
        (["successful", "failed"], ["successful", "failed"], "failed"),
        (["failed", "successful"], ["successful", "failed"], "successful"),
        (["successful", "pending"], ["successful", "failed"], "successful"),
        (["failed", "successful", "pending"], ["successful", "failed"], "successful"),
        (["successful", "failed", "pending"], ["successful"], "successful"),
        (["sent", "pending"], ["successful", "failed"], "pending"),
        (["pending"], [], "pending"),
    ],
)
def test_the_latest_of_some_statuses_outlives_those_that_decide_nothing(statuses, asked, latest):
    """The present status, if the vendor named none of them."""
    assert named(*statuses).latest(*asked) == latest


@pytest.mark.parametrize(
    "statuses, asked, expected",
    [
        (["pending", "successful"], ["successful"], True),
        (["successful", "failed"], ["successful"], True),
        (["pending", "failed"], ["successful"], False),
        (["pending", "failed"], ["successful", "failed"], True),
        (["pending"], [], False),
    ],
)
def test_an_object_was_whatever_the_vendor_ever_named(statuses, asked, expected):
    assert named(*statuses).was(*asked) is expected


@pytest.mark.parametrize(
    "statuses, asked, times",
    [
        (["successful"], ["successful", "failed"], 1),
        (["pending", "successful", "successful"], ["successful", "failed"], 1),
        (["successful", "failed", "successful"], ["successful", "failed"], 2),
        (["successful", "failed", "successful", "failed"], ["successful", "failed"], 2),
        (["successful", "failed"], ["successful", "failed"], 1),
        (["successful", "pending", "successful"], ["successful", "failed"], 1),
        (["successful", "pending", "successful"], ["successful", "pending"], 2),
        (["pending"], ["successful", "failed"], 0),
    ],
)
def test_a_return_to_the_latest_of_some_statuses_is_another_time(statuses, asked, times):
    """An answer that decides nothing, and one that says the same again, are not."""
    assert named(*statuses).times(*asked) == times


@pytest.mark.parametrize("past", [[], ["pending"]])
def test_an_object_whose_history_is_incomplete_is_also_its_present_status(past):
    known = named("successful")
    known.history = [each for each in known.history if each.status in past]

    assert known.was("successful")
    assert not known.was("failed")
    assert known.latest("successful", "failed") == "successful"


@pytest.mark.parametrize("status", ["successful", "completed", "lost", "delivered"])
def test_an_object_for_which_money_moved_must_be_known_to_the_vendor(status):
    """Also if the money came back since."""
    assert named(status).moved
    assert named(status, "failed").moved


@pytest.mark.parametrize("status", ["sent", "pending", "failed", "open", "won", "reversed"])
def test_no_money_has_moved_for_an_object_that_is_not_done(status):
    assert not named(status).moved


# The order of objects


def test_objects_are_in_the_order_in_which_the_vendor_made_them():
    """By time, then by id; shorter ids are older, so numbers sort as numbers."""
    expected = [
        heard((9, fact(vendor_id="900", made_at=at(1)))),
        heard((8, fact(vendor_id="99", made_at=at(2)))),
        heard((7, fact(vendor_id="100", made_at=at(2)))),
        heard((6, fact(vendor_id="101", made_at=at(2)))),
        heard((0, fact(vendor_id="1", made_at=at(3)))),
    ]

    for order in permutations(expected):
        assert in_order(iter(order)) == expected


def test_objects_are_in_the_order_of_their_ids_if_one_has_no_time():
    """When we asked says nothing about which was made first."""
    expected = [
        heard((9, fact(vendor_id="99", made_at=None))),
        heard((7, fact(vendor_id="100", made_at=at(2)))),
        heard((6, fact(vendor_id="101", made_at=at(1)))),
    ]

    for order in permutations(expected):
        assert in_order(iter(order)) == expected
