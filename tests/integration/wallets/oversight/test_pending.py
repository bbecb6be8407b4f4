"""`manage.py pending`: what is not decided, the oldest first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from payflow.kernel import clock
from tests.support.airtime import reference_in
from tests.support.customer import PENDING
from tests.support.networks import Networks
from tests.support.people import Customer
from tests.support.queries import Queries
from tests.support.staging import asked_to_withdraw
from tests.support.vendor import Vendor
from wallets.ledger.documents import Transaction
from wallets.review.documents import ReviewCase

pytestmark = pytest.mark.usefixtures("db")
YEARS = timedelta(days=3650)


@pytest.fixture(autouse=True)
def quiet_vendors(vendor: Vendor) -> None:
    """Nothing comes by itself, and nothing is decided."""
    vendor.webhooks(drop=1000)
    vendor.transfers(outcome="pending")
    networks = Networks(vendor)
    networks.callbacks(drop=1000)
    networks.behave(duplicate_window_s=0)


@pytest.fixture
def three(customer: Customer) -> Iterator[list[str]]:
    """A funding, a withdrawal and a purchase, ten years old, each an hour younger than the last.

    Other tests share the database, and what they leave PENDING is younger.
    """
    customer.receive("10000.00")
    references = [
        customer.fund()["tx_ref"],
        asked_to_withdraw(customer),
        reference_in(customer.buy(PENDING)),
    ]
    for place, reference in enumerate(references):
        Transaction.objects(reference=reference).update_one(
            set__created_at=clock.now() - YEARS + timedelta(hours=place)
        )
    yield references
    Transaction.objects(reference__in=references).update(
        unset__next_check_at=1, set__status="FAILED", set__needs_review=False
    )


def run(*arguments: str) -> list[list[str]]:
    """The rows of the table, each as its words."""
    out = StringIO()
    call_command("pending", *arguments, stdout=out)
    lines = out.getvalue().splitlines()
    assert max(len(line) for line in lines) <= 120
    return [line.split() for line in lines]


def listed(*arguments: str) -> list[str]:
    """The references, in the order of the table."""
    return [row[0] for row in run("--older-than", "3640d", *arguments) if row[0][:2] == "PF"]


def test_the_oldest_is_first_with_its_age_and_its_next_look(three: list[str]) -> None:
    """Type, amount, age in words, whether it was sent, and when a sweep looks again."""
    rows = {row[0]: row for row in run("--older-than", "3640d")}

    assert list(rows)[1:] == three
    funding, withdrawal, purchase = (rows[reference] for reference in three)
    assert funding[1:7] == ["FUNDING", "₦1,500.00", "3650", "days", "-", "0"]
    assert withdrawal[1:7] == ["WITHDRAWAL", "₦1,000.00", "3649", "days", "no", "0"]
    assert purchase[1:7] == ["AIRTIME", "₦500.00", "3649", "days", "yes", "0"]
    assert funding[-4:-1] == ["(in", "29", "minutes)"]
    assert {row[-1] for row in (funding, withdrawal, purchase)} == {"-"}


def test_a_sent_withdrawal_and_its_requeries_are_seen(three: list[str], customer: Customer) -> None:
    """`sent` and the number of requeries follow the transaction."""
    Transaction.objects(reference=three[1]).update_one(set__sent_at=clock.now(), set__checks=4)

    row = next(row for row in run("--older-than", "3640d") if row[0] == three[1])

    assert row[5:7] == ["yes", "4"]


def test_one_that_was_handed_over_to_a_person_is_listed(three: list[str]) -> None:
    """It has no next look; its open case is named, and closing the case hides nothing."""
    Transaction.objects(reference=three[2]).update_one(
        unset__next_check_at=1, set__needs_review=True
    )
    case = ReviewCase(
        kind="outcome_unknown", transaction=three[2], created_at=clock.now(), evidence={}
    ).save()

    opened = next(row for row in run("--older-than", "3640d") if row[0] == three[2])
    ReviewCase.objects(pk=case.pk).update_one(set__state="CLOSED")
    closed = next(row for row in run("--older-than", "3640d") if row[0] == three[2])

    assert opened[-2:] == ["none", "open"]
    assert closed[-2:] == ["none", "-"]


def test_filters_and_the_limit(three: list[str]) -> None:
    """A type, an age and a number; the command says if there are more."""
    assert listed("--type", "WITHDRAWAL") == [three[1]]
    assert listed("--limit", "2") == three[:2]
    assert run("--limit", "1")[-1][:3] == ["There", "are", "more:"]
    assert run("--limit", "3", "--older-than", "3640d")[-1][0] == three[2]
    assert run("--older-than", "3660d") == [["No", "such", "transaction", "is", "PENDING."]]


def test_what_has_ended_is_not_listed(three: list[str]) -> None:
    """Only PENDING ones are, whatever else is to be reviewed."""
    Transaction.objects(reference=three[0]).update_one(
        set__status="FAILED", unset__next_check_at=1, set__needs_review=True
    )

    assert listed() == three[1:]


@pytest.mark.parametrize(
    "arguments",
    [("--older-than", "1w"), ("--older-than", ""), ("--type", "REVERSAL"), ("--limit", "0")],
)
def test_bad_arguments_are_refused(customer: Customer, arguments: tuple[str, ...]) -> None:
    """An error that names the argument."""
    with pytest.raises(CommandError, match=arguments[0]):
        run(*arguments)


def test_every_query_is_served_by_an_index(
    three: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep's index, the index of what is to be reviewed, and the cases of each reference."""
    queries = Queries(monkeypatch)

    assert listed("--type", "FUNDING") == three[:1]

    assert queries.collections >= {"transactions", "review_cases"}
    assert queries.without_index() == []


def test_a_young_one_is_not_an_old_one(customer: Customer) -> None:
    """Without a match there is a sentence, or at least not this row; nothing is raised."""
    assert customer.fund()["tx_ref"] not in {row[0] for row in run("--older-than", "1h")}
