"""A webhook and the API that name different final statuses of one vendor object."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.documents import LONG_AGO, MakeTransaction
from wallets.ledger.documents import ChangeSource, Transaction
from wallets.ledger.vendor_objects import ObjectKind, VendorObject
from wallets.rechecks import end_contest, note_claim
from wallets.review.documents import ReviewCase
from wallets.settlement import apply_facts

from .conftest import (
    DEBIT,
    FAILED,
    NOW,
    PENDING,
    SUCCESS,
    VENDOR,
    cases_of,
    fact,
    rows_of,
    stored,
)

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def hear(transaction: Transaction, *vendor_ids: str, now: datetime = NOW) -> None:
    """The API says that these transfers are paid."""
    apply_facts(
        transaction,
        [fact(each) for each in vendor_ids],
        source=ChangeSource.REQUERY,
        asked_at=now,
        now=now,
    )


def claim(transaction: Transaction, claimed: str = "failed", **more: Any) -> None:
    usual = {"vendor": VENDOR, "kind": ObjectKind.TRANSFER, "vendor_id": "9", "now": NOW}
    note_claim(transaction, claimed=claimed, **{**usual, **more})


def claims_of(transaction: Transaction) -> dict[str, tuple[str | None, datetime | None]]:
    found = VendorObject.objects(transaction=transaction.reference)
    return {each.vendor_id: (each.claimed, each.claimed_at) for each in found}


# --- What a webhook claims --------------------------------------------------------------------


@pytest.mark.parametrize(
    "due, expected",
    [
        (None, NOW + MINUTE),
        (NOW + 2 * MINUTE, NOW + MINUTE),
        (NOW + MINUTE / 2, NOW + MINUTE / 2),
    ],
)
def test_a_claim_is_kept_and_asked_about_within_a_minute(
    make_transaction: MakeTransaction, due: Any, expected: datetime
) -> None:
    """The schedule begins again. Another object and another transaction stay as they are."""
    other = make_transaction(next_check_at=due, checks=5)
    ended = make_transaction(DEBIT, SUCCESS, next_check_at=due, checks=5)
    hear(ended, "9", "8")

    claim(ended)

    assert claims_of(ended) == {"9": ("failed", NOW), "8": (None, None)}
    after = stored(ended)
    assert (after.next_check_at, after.checks) == (expected, 0)
    assert (after.status, after.revision, after.updated_at) == (SUCCESS, 1, LONG_AGO)
    assert (stored(other).next_check_at, stored(other).checks) == (due, 5)


def test_the_wait_after_a_claim_scales_with_the_setting(
    make_transaction: MakeTransaction, settings: Any
) -> None:
    settings.REQUERY_BASE_S = 6
    ended = make_transaction(DEBIT, SUCCESS)
    hear(ended, "9")

    claim(ended)

    assert stored(ended).next_check_at == NOW + timedelta(seconds=6)


@pytest.mark.parametrize(
    "claimed, more",
    [
        pytest.param("successful", {}, id="the API says so too"),
        pytest.param("reversed", {}, id="it was claimed before"),
        pytest.param("failed", {"vendor_id": "7"}, id="an unknown object"),
        pytest.param("failed", {"kind": ObjectKind.PAYMENT}, id="another kind"),
        pytest.param("failed", {"vendor": "another"}, id="another vendor"),
    ],
)
def test_a_claim_that_says_nothing_new_changes_nothing(
    make_transaction: MakeTransaction, claimed: str, more: dict[str, Any]
) -> None:
    """The day of the contest counts from the first claim, and the schedule goes on."""
    ended = make_transaction(DEBIT, SUCCESS)
    hear(ended, "9")
    claim(ended, "reversed", now=NOW - DAY)
    ended.update(set__checks=5)
    ended = stored(ended)
    before = rows_of(ended)

    claim(ended, claimed, **more)

    assert rows_of(ended) == before


def test_another_claim_replaces_the_first(make_transaction: MakeTransaction) -> None:
    ended = make_transaction(DEBIT, SUCCESS)
    hear(ended, "9")
    claim(ended, "reversed", now=NOW - DAY)

    claim(ended, "failed")

    assert claims_of(ended) == {"9": ("failed", NOW)}


# --- When the asking ends ---------------------------------------------------------------------


def contest(transaction: Transaction, **claimed_at: datetime) -> None:
    """Claims about the transfers `t1`, `t2`, ...; the API says that they are paid."""
    hear(transaction, *claimed_at)
    for vendor_id, at in claimed_at.items():
        claim(transaction, vendor_id=vendor_id, now=at)
    transaction.update(set__next_check_at=NOW)


@pytest.mark.parametrize("status", [SUCCESS, FAILED])
def test_a_transaction_without_a_contest_is_not_asked_about(
    make_transaction: MakeTransaction, status: Any
) -> None:
    ended = make_transaction(DEBIT, status, next_check_at=NOW, recheck_at=NOW)
    other = make_transaction(DEBIT, status, next_check_at=NOW)
    hear(ended, "9")

    end_contest(ended.reference, now=NOW)

    after = stored(ended)
    assert (after.next_check_at, after.recheck_at) == (None, NOW)
    assert stored(other).next_check_at == NOW
    assert cases_of(ended.reference) == []


def test_a_contest_younger_than_a_day_goes_on(make_transaction: MakeTransaction) -> None:
    ended = make_transaction(DEBIT, SUCCESS)
    contest(ended, t1=NOW - DAY + timedelta(seconds=1))
    before = rows_of(ended)

    end_contest(ended.reference, now=NOW)

    assert rows_of(ended) == before


def test_a_contest_of_a_day_is_left_to_a_person(make_transaction: MakeTransaction) -> None:
    """The case says what each of them claims; the vendor is not asked again because of it."""
    ended = make_transaction(DEBIT, SUCCESS)
    contest(ended, t1=NOW - DAY)

    end_contest(ended.reference, now=NOW)

    [case] = ReviewCase.objects(transaction=ended.reference)
    assert (case.kind, case.vendor_id, case.created_at) == ("contested", "t1", NOW)
    assert case.evidence == {"claimed": "failed", "api": "successful", "status_then": "SUCCESS"}
    assert claims_of(ended) == {"t1": (None, None)}
    after = stored(ended)
    assert (after.next_check_at, after.needs_review, after.status) == (None, True, SUCCESS)


def test_a_young_contest_beside_an_old_one_is_asked_about(
    make_transaction: MakeTransaction,
) -> None:
    """The old one becomes a case, and the next look stays until the young one ends too."""
    ended = make_transaction(DEBIT, SUCCESS)
    young = NOW - DAY / 2
    contest(ended, t1=NOW - 2 * DAY, t2=young)

    end_contest(ended.reference, now=NOW)
    after = cases_of(ended.reference), claims_of(ended), stored(ended).next_check_at
    end_contest(ended.reference, now=NOW + DAY)

    assert after == (
        [("contested", "t1")],
        {"t1": (None, None), "t2": ("failed", young)},
        NOW,
    )
    assert cases_of(ended.reference) == [("contested", "t1"), ("contested", "t2")]
    assert stored(ended).next_check_at is None


@pytest.mark.parametrize("status, due", [(PENDING, NOW), (SUCCESS, None)])
def test_a_contest_is_not_ended_for_what_is_pending_or_not_asked_about(
    make_transaction: MakeTransaction, status: Any, due: Any
) -> None:
    """What is PENDING is asked about all the same."""
    transaction = make_transaction(DEBIT, status)
    contest(transaction, t1=NOW - 2 * DAY)
    if due is None:
        transaction.update(unset__next_check_at=1)
    before = rows_of(transaction)

    end_contest(transaction.reference, now=NOW)

    assert rows_of(transaction) == before


def test_the_contest_of_an_unknown_reference_is_nothing(db: None) -> None:
    end_contest("PFTRDUNKNOWN", now=NOW)

    assert cases_of("PFTRDUNKNOWN") == []
