"""What is booked, what is wanted, and the postings between them."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest
from bson import ObjectId

from wallets.ledger.documents import LedgerEntry
from wallets.ledger.targets import (
    CUSTOMER,
    Posting,
    Target,
    booked_postings,
    customer_kobo,
    difference,
)

WALLET = ObjectId("6b0436f193f9e353c3c62fc5")
OTHER_WALLET = ObjectId("6b0436f193f9e353c3c62fc6")


@pytest.mark.parametrize(
    "posting, kobo",
    [
        (Posting("gateway", CUSTOMER, 700), 700),
        (Posting(CUSTOMER, "gateway", 700), -700),
        (Posting("expense", "gateway", 700), 0),
        (Posting(CUSTOMER, CUSTOMER, 700), 0),
    ],
)
def test_a_posting_adds_to_the_customers_money_what_it_credits(posting, kobo):
    """A credit to the CUSTOMER counts up, a debit counts down, house accounts do not count."""
    assert posting.customer_kobo == kobo


def test_postings_add_up_to_what_the_customer_gains():
    """Credits less debits, over all postings."""
    postings = [
        Posting("gateway", CUSTOMER, 1000),
        Posting(CUSTOMER, "income", 75),
        Posting("expense", "gateway", 14),
    ]

    assert customer_kobo(postings) == 925
    assert customer_kobo([]) == 0


def test_a_posting_is_in_naira_unless_it_says_otherwise():
    assert Posting("a", "b", 1).currency == "NGN"


def test_a_posting_and_a_target_never_change():
    """A pure function may share them."""
    with pytest.raises(FrozenInstanceError):
        Posting("a", "b", 1).amount = 2
    with pytest.raises(FrozenInstanceError):
        Target(status=None).status = None


def test_a_target_that_names_nothing_books_and_freezes_nothing():
    """The defaults of a target are those of a vendor that has said nothing."""
    empty = Target(status=None)

    assert (empty.first, empty.final, empty.findings) == ((), (), ())
    assert (empty.frozen_kobo, empty.fields) == (0, {})
    assert (empty.reason, empty.vendor_reason, empty.vendor_id) == (None, None, None)
    assert empty.taken_back == "The payment provider corrected this transaction."


DIFFERENCES = {
    "nothing is wanted and nothing is booked": ([], [], []),
    "nothing is booked": ([Posting("a", "b", 10)], [], [Posting("a", "b", 10)]),
    "nothing is booked, and the accounts sort the other way": (
        [Posting("b", "a", 10)],
        [],
        [Posting("b", "a", 10)],
    ),
    "all is booked": ([Posting("a", "b", 10)], [Posting("a", "b", 10)], []),
    "too little is booked": (
        [Posting("a", "b", 10)],
        [Posting("a", "b", 4)],
        [Posting("a", "b", 6)],
    ),
    "too much is booked": (
        [Posting("a", "b", 4)],
        [Posting("a", "b", 10)],
        [Posting("b", "a", 6)],
    ),
    "what is booked is not wanted any more": (
        [],
        [Posting("b", "a", 10)],
        [Posting("a", "b", 10)],
    ),
    "one kobo is missing": (
        [Posting("a", "b", 11)],
        [Posting("a", "b", 10)],
        [Posting("a", "b", 1)],
    ),
    "what was booked forwards was booked back": (
        [],
        [Posting("a", "b", 10), Posting("b", "a", 10)],
        [],
    ),
    "what was booked forwards was booked back in part": (
        [Posting("a", "b", 10)],
        [Posting("a", "b", 10), Posting("b", "a", 3)],
        [Posting("a", "b", 3)],
    ),
    "wanted postings between the same accounts become one": (
        [Posting("a", "b", 10), Posting("a", "b", 5), Posting("b", "a", 1)],
        [],
        [Posting("a", "b", 14)],
    ),
    "the booked direction is the opposite of the wanted one": (
        [Posting("a", "b", 10)],
        [Posting("b", "a", 10)],
        [Posting("a", "b", 20)],
    ),
    "currencies are never mixed": (
        [Posting("a", "b", 10, "USD")],
        [Posting("a", "b", 10)],
        [Posting("b", "a", 10), Posting("a", "b", 10, "USD")],
    ),
    "too much of another currency is booked": (
        [Posting("a", "b", 4, "USD")],
        [Posting("a", "b", 10, "USD")],
        [Posting("b", "a", 6, "USD")],
    ),
    "a posting from an account to itself moves nothing": ([Posting("a", "a", 10)], [], []),
    "another pair of accounts is another posting": (
        [Posting("a", "b", 10)],
        [Posting("a", "c", 10)],
        [Posting("a", "b", 10), Posting("c", "a", 10)],
    ),
    "the order is that of accounts and currencies, whatever was wanted first": (
        [
            Posting("c", "d", 1),
            Posting("a", "c", 2, "USD"),
            Posting("a", "c", 3),
            Posting("b", "a", 4),
        ],
        [],
        [
            Posting("b", "a", 4),
            Posting("a", "c", 3),
            Posting("a", "c", 2, "USD"),
            Posting("c", "d", 1),
        ],
    ),
}


@pytest.mark.parametrize("wanted, booked, due", DIFFERENCES.values(), ids=DIFFERENCES)
def test_the_difference_leads_from_what_is_booked_to_what_is_wanted(wanted, booked, due):
    """Between each two accounts, in each currency, one posting at most; in a fixed order."""
    assert difference(wanted, booked) == due


@pytest.mark.parametrize("wanted, booked, due", DIFFERENCES.values(), ids=DIFFERENCES)
def test_once_the_difference_is_booked_there_is_none(wanted, booked, due):
    """Settling twice books nothing the second time."""
    assert difference(wanted, [*booked, *due]) == []


def test_amounts_stay_whole_numbers():
    """A float cannot hold more than 2^53 kobo exactly."""
    (due,) = difference([Posting("b", "a", 2**53 + 1)], [])

    assert due.amount == 2**53 + 1
    assert isinstance(due.amount, int)


def test_iterators_are_read_once():
    """The arguments may be generators."""
    due = difference(iter([Posting("a", "b", 10)]), iter([Posting("a", "b", 4)]))

    assert due == [Posting("a", "b", 6)]


def entry(debit: str, credit: str, amount: int = 500, currency: str = "NGN") -> LedgerEntry:
    return LedgerEntry(
        debit_account=debit, credit_account=credit, amount=amount, currency=currency, wallet=WALLET
    )


RENAMED = {"payable:old": "gateway:new", f"wallet:{WALLET}": "never"}


@pytest.mark.parametrize(
    "booked, posting",
    [
        (entry("gateway", f"wallet:{WALLET}"), Posting("gateway", CUSTOMER, 500)),
        (entry(f"wallet:{WALLET}", "gateway"), Posting(CUSTOMER, "gateway", 500)),
        (entry(f"receivable:{WALLET}", "gateway"), Posting(CUSTOMER, "gateway", 500)),
        (entry("gateway", f"receivable:{WALLET}"), Posting("gateway", CUSTOMER, 500)),
        (entry(f"wallet:{WALLET}", f"receivable:{WALLET}"), Posting(CUSTOMER, CUSTOMER, 500)),
        (entry("payable:old", "income"), Posting("gateway:new", "income", 500)),
        (entry("income", "payable:old"), Posting("income", "gateway:new", 500)),
        (entry("gateway", "suspense", 7, "USD"), Posting("gateway", "suspense", 7, "USD")),
        (
            entry("gateway", f"wallet:{OTHER_WALLET}"),
            Posting("gateway", f"wallet:{OTHER_WALLET}", 500),
        ),
    ],
)
def test_an_entry_is_read_as_a_posting(booked, posting):
    """The wallet and its customer's debt are the CUSTOMER; older names become present ones."""
    assert booked_postings([booked], WALLET, RENAMED) == [posting]


def test_entries_keep_their_order():
    entries = [entry("a", "b", 1), entry("c", "d", 2), entry("a", "b", 3)]

    assert [each.amount for each in booked_postings(entries, WALLET, {})] == [1, 2, 3]


def test_a_debt_that_is_repaid_is_no_difference():
    """A wallet that repays its debt moves money from the CUSTOMER to the CUSTOMER."""
    booked = booked_postings(
        [
            entry(f"wallet:{WALLET}", "gateway", 300),
            entry(f"receivable:{WALLET}", "gateway", 200),
            entry(f"wallet:{WALLET}", f"receivable:{WALLET}", 200),
        ],
        WALLET,
        {},
    )

    assert customer_kobo(booked) == -500
    assert difference([Posting(CUSTOMER, "gateway", 500)], booked) == []
