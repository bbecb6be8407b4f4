"""What is found in a history, also at its ends, with gaps, and beside another customer's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from payflow.kernel.paging import Cursor
from tests.support.documents import MakeTransaction, MakeWallet
from wallets.errors import TransactionNotFound, WalletNotFound
from wallets.ledger import selectors
from wallets.ledger.documents import LedgerEntry, Transaction, TransactionStatus, Wallet

# Before everything that other tests leave behind.
DAY = datetime(1999, 1, 31, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
GAP = 7


@pytest.fixture
def wallet(make_wallet: MakeWallet, new_transaction: MakeTransaction) -> Wallet:
    """Transactions 1 to 30, an hour apart; number 7 is missing, and every tenth is a FUNDING."""
    return fill(make_wallet(transaction_number=30), new_transaction)


def fill(wallet: Wallet, new_transaction: MakeTransaction) -> Wallet:
    for number in range(1, 31):
        if number != GAP:
            new_transaction(
                wallet,
                number=number,
                type="WITHDRAWAL" if number % 10 else "FUNDING",
                status=TransactionStatus.SUCCESS if number % 2 else TransactionStatus.FAILED,
                created_at=DAY + number * HOUR,
                updated_at=DAY,
            ).save(force_insert=True)
    return wallet


def page(wallet: Wallet, cursor: Cursor | None = None, **filters: Any) -> list[int]:
    found = selectors.get_transaction_page(
        user_id=wallet.user_id, filters=filters, cursor=cursor or Cursor(limit=100)
    )
    return [each.number for each in found.rows]


def down(first: int, last: int) -> list[int]:
    return [number for number in range(first, last - 1, -1) if number != GAP]


@pytest.mark.parametrize(
    ("cursor", "expected"),
    [
        (Cursor(limit=3), [30, 29, 28]),
        (Cursor(limit=3, after=28), [27, 26, 25]),
        (Cursor(limit=3, after=9), [8, 6, 5]),
        (Cursor(limit=3, after=2), [1]),
        (Cursor(limit=3, after=1), []),
        (Cursor(limit=3, before=27), [30, 29, 28]),
        (Cursor(limit=3, before=5), [9, 8, 6]),
        (Cursor(limit=3, before=29), [30]),
        (Cursor(limit=3, before=30), []),
        (Cursor(limit=100), down(30, 1)),
        (Cursor(limit=100, before=0), down(30, 1)),
    ],
    ids=str,
)
def test_a_page_has_the_next_rows_in_its_direction(
    wallet: Wallet, cursor: Cursor, expected: list[int]
) -> None:
    """Always with the newest first, and a missing number costs no row."""
    assert page(wallet, cursor) == expected


@pytest.mark.parametrize("cursor", [Cursor(limit=2), Cursor(limit=2, before=1)], ids=str)
def test_rare_rows_are_found_in_wider_and_wider_ranges(wallet: Wallet, cursor: Cursor) -> None:
    """Two of three fundings; from the other side the older two."""
    expected = [30, 20] if cursor.before is None else [20, 10]

    assert page(wallet, cursor, type="FUNDING") == expected


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"type": "FUNDING"}, [30, 20, 10]),
        ({"status": "SUCCESS", "type": "FUNDING"}, []),
        ({"date_from": DAY + 28 * HOUR}, [30, 29, 28]),
        ({"date_from": DAY + 28 * HOUR + timedelta(seconds=1)}, [30, 29]),
        ({"date_to": DAY + 3 * HOUR}, [2, 1]),
        ({"date_to": DAY + 3 * HOUR + timedelta(seconds=1)}, [3, 2, 1]),
        ({"date_from": DAY + 6 * HOUR, "date_to": DAY + 9 * HOUR}, [8, 6]),
        ({"date_from": DAY + GAP * HOUR, "date_to": DAY + 9 * HOUR}, [8]),
        ({"date_from": DAY + 31 * HOUR}, []),
        ({"date_to": DAY}, []),
        ({"date_from": DAY + 9 * HOUR, "date_to": DAY + 6 * HOUR}, []),
    ],
    ids=str,
)
def test_a_filter_leaves_out_what_does_not_match(
    wallet: Wallet, filters: dict[str, Any], expected: list[int]
) -> None:
    """The first moment of a period belongs to it, its last one does not."""
    assert page(wallet, **filters) == expected


def test_a_reference_is_found_within_the_other_filters(
    wallet: Wallet, make_wallet: MakeWallet, new_transaction: MakeTransaction
) -> None:
    """Not outside of the period or the page, and not if it is another customer's."""
    other = fill(make_wallet(transaction_number=30), new_transaction)
    theirs = Transaction.objects.get(user_id=other.user_id, number=12).reference
    ours = Transaction.objects.get(user_id=wallet.user_id, number=12).reference

    assert page(wallet, reference=ours) == [12]
    assert page(wallet, reference=ours, type="FUNDING") == []
    assert page(wallet, reference=ours, date_from=DAY + 13 * HOUR) == []
    assert page(wallet, reference=ours, date_to=DAY + 12 * HOUR) == []
    assert page(wallet, Cursor(after=12), reference=ours) == []
    assert page(wallet, Cursor(before=12), reference=ours) == []
    assert page(wallet, reference=theirs) == []
    assert page(wallet, reference="PFNOBODY") == []


def test_an_empty_history_has_an_empty_page(make_wallet: MakeWallet) -> None:
    """A customer without a wallet has none."""
    assert page(make_wallet()) == []
    assert page(make_wallet(), date_from=DAY) == []
    with pytest.raises(WalletNotFound):
        page(Wallet(user_id=ObjectId()))
    with pytest.raises(WalletNotFound):
        selectors.get_wallet(user_id=ObjectId())


def test_a_transaction_is_its_customers_own(wallet: Wallet, make_wallet: MakeWallet) -> None:
    """To another customer it does not exist."""
    one = Transaction.objects.get(user_id=wallet.user_id, number=3)

    assert selectors.get_transaction(user_id=wallet.user_id, reference=one.reference) == one
    assert selectors.find_transaction(reference="PFNOBODY") is None
    for user_id, reference in (
        (make_wallet().user_id, one.reference),
        (wallet.user_id, "PFNOBODY"),
    ):
        with pytest.raises(TransactionNotFound):
            selectors.get_transaction(user_id=user_id, reference=reference)


def test_reversals_and_entries_are_in_their_order(
    wallet: Wallet, new_transaction: MakeTransaction
) -> None:
    """However they were written."""
    original = Transaction.objects.get(user_id=wallet.user_id, number=3)
    Transaction.objects(pk=original.pk).update_one(set__vendor_id=f"v-{original.pk}")
    for number in (33, 31, 32):
        new_transaction(
            wallet,
            number=number,
            type="REVERSAL",
            reverses=original.reference,
            vendor_id=f"v-{original.pk}",
            created_at=DAY,
            updated_at=DAY,
        ).save(force_insert=True)
    for seq in (2, 1):
        LedgerEntry(
            transaction=original.reference,
            debit_account="a",
            credit_account="b",
            amount=seq,
            currency="NGN",
            wallet=wallet.pk,
            seq=seq,
            balance_after=0,
            prev_hash="",
            hash="",
            created_at=DAY,
        ).save(force_insert=True)

    found = selectors.find_reversals(reference=original.reference)
    assert [each.number for each in found] == [31, 32, 33]
    entries = selectors.entries_of(reference=original.reference)
    assert [each.seq for each in entries] == [1, 2]
    named = selectors.find_transactions_by_vendor_id(vendor_id=f"v-{original.pk}")
    assert [each.number for each in named] == [3]


def test_reversals_alone_are_found_by_their_vendor_id(
    wallet: Wallet, new_transaction: MakeTransaction
) -> None:
    """If the transaction that they reverse has another one by now."""
    new_transaction(
        wallet, number=31, type="REVERSAL", reverses="PFX", vendor_id=f"w-{wallet.pk}",
        created_at=DAY, updated_at=DAY,
    ).save(force_insert=True)  # fmt: skip

    found = selectors.find_transactions_by_vendor_id(vendor_id=f"w-{wallet.pk}")
    assert [each.number for each in found] == [31]


# --- What waits -------------------------------------------------------------------------------


def waiting(
    new_transaction: MakeTransaction, wallet: Wallet, number: int, **fields: Any
) -> Transaction:
    usual: dict[str, Any] = {"type": "KIND", "next_check_at": DAY, "updated_at": DAY}
    made = new_transaction(
        wallet, number=number, created_at=DAY + number * HOUR, **{**usual, **fields}
    )
    return made.save(force_insert=True)


def test_pending_transactions_are_counted_by_type(
    wallet: Wallet, new_transaction: MakeTransaction
) -> None:
    """With the oldest of each; one that has ended or is a person's is not counted."""
    for number in (42, 41):
        waiting(new_transaction, wallet, number)
    waiting(new_transaction, wallet, 40, status=TransactionStatus.SUCCESS)
    waiting(new_transaction, wallet, 39, next_check_at=None, needs_review=True)

    assert selectors.count_pending_transactions(limit=10_000)["KIND"] == (2, DAY + 41 * HOUR)
    few = selectors.count_pending_transactions(limit=1)
    assert sum(count for count, _ in few.values()) <= 1


def test_the_oldest_pending_transactions_are_listed(
    wallet: Wallet, new_transaction: MakeTransaction
) -> None:
    """Those of the sweep and those of a person, each once, up to a moment and a limit."""
    waiting(new_transaction, wallet, 41)
    waiting(new_transaction, wallet, 42, next_check_at=None, needs_review=True)
    waiting(new_transaction, wallet, 43, needs_review=True)
    waiting(new_transaction, wallet, 44, type="OTHER")
    waiting(new_transaction, wallet, 45, status=TransactionStatus.FAILED, needs_review=True)
    # Nobody looks after it: the audit finds its hold.
    waiting(new_transaction, wallet, 46, next_check_at=None)

    def listed(kind: str | None = "KIND", until: int | None = None, limit: int = 9) -> list[int]:
        created_until = None if until is None else DAY + until * HOUR
        found = selectors.oldest_pending(
            transaction_type=kind, created_until=created_until, limit=limit
        )
        return [each.number for each in found]

    assert listed() == [41, 42, 43]
    assert listed(until=42) == [41, 42]
    assert listed(limit=2) == [41, 42]
    assert listed("OTHER") == [44]
    assert listed(None, until=60, limit=4) == [41, 42, 43, 44]
