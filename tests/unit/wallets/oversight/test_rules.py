"""What the entries of one transaction must be, whatever the database says."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from wallets.house import HOUSE
from wallets.ledger.documents import LedgerEntry, Transaction, TransactionStatus
from wallets.oversight import rules

WALLET = ObjectId()
OURS, DEBT = f"wallet:{WALLET}", f"receivable:{WALLET}"
GATEWAY, SUSPENSE, FLOAT = "gateway:flutterwave", "suspense:flutterwave", "float:vtpass"


def transaction(kind: str, status: str = "SUCCESS", **fields: Any) -> Transaction:
    return Transaction(
        reference="PF",
        type=kind,
        status=TransactionStatus(status),
        **{"amount": 100, "wallet": WALLET, **fields},
    )


def entries(*movements: tuple[str, str, int], currency: str = "NGN") -> list[LedgerEntry]:
    return [
        LedgerEntry(
            debit_account=debit, credit_account=credit, amount=kobo, seq=seq, currency=currency
        )
        for seq, (debit, credit, kobo) in enumerate(movements, start=1)
    ]


def out(direction: str) -> dict[str, str]:
    return {"direction": direction}


RIGHT = {
    "a funding": (transaction("FUNDING"), [(GATEWAY, OURS, 100)]),
    "a funding that repays a debt": (
        transaction("FUNDING"),
        [(GATEWAY, OURS, 100), (OURS, DEBT, 30)],
    ),
    "a funding with a vendor's fee": (
        transaction("FUNDING"),
        [(GATEWAY, OURS, 100), ("expense:vendor_fees", GATEWAY, 2)],
    ),
    "a failed funding in suspense": (
        transaction("FUNDING", "FAILED"),
        [(GATEWAY, SUSPENSE, 40), ("expense:vendor_fees", GATEWAY, 2)],
    ),
    "a withdrawal": (
        transaction("WITHDRAWAL", fee=5),
        [(OURS, GATEWAY, 100), (OURS, "income:fees", 5)],
    ),
    "a withdrawal that is a debt in part": (
        transaction("WITHDRAWAL"),
        [(OURS, GATEWAY, 60), (DEBT, GATEWAY, 40)],
    ),
    "a purchase of an earlier version": (
        transaction("AIRTIME"),
        [(OURS, "payable:vtpass", 97), (OURS, "income:commission", 3)],
    ),
    "a pending withdrawal": (transaction("WITHDRAWAL", "PENDING"), []),
    "a failed purchase": (transaction("AIRTIME", "FAILED"), []),
    "a REVERSAL in": (transaction("REVERSAL", details=out("in")), [(GATEWAY, OURS, 100)]),
    "a REVERSAL out": (transaction("REVERSAL", details=out("out")), [(DEBT, GATEWAY, 100)]),
    "a REVERSAL of an earlier version": (transaction("REVERSAL"), [(FLOAT, OURS, 100)]),
    "an unmatched payment": (
        transaction("UNMATCHED", wallet=HOUSE),
        [(GATEWAY, SUSPENSE, 100)],
    ),
    "stamp duty": (transaction("CHARGE", wallet=HOUSE), [("expense:duty", GATEWAY, 100)]),
    "an opening balance": (
        transaction("ADJUSTMENT", wallet=HOUSE),
        [(GATEWAY, "settlement:bank", 100)],
    ),
}

WRONG_SUM = {
    "too much": (transaction("FUNDING"), [(GATEWAY, OURS, 101)]),
    "nothing": (transaction("FUNDING"), []),
    "in the wrong direction": (transaction("WITHDRAWAL"), [(GATEWAY, OURS, 100)]),
    "without the fee": (transaction("WITHDRAWAL", fee=5), [(OURS, GATEWAY, 100)]),
    "to another wallet": (transaction("FUNDING"), [(GATEWAY, f"wallet:{ObjectId()}", 100)]),
    "before it is decided": (transaction("FUNDING", "PENDING"), [(GATEWAY, OURS, 100)]),
    "there and back": (
        transaction("WITHDRAWAL", "FAILED"),
        [(OURS, GATEWAY, 9), (GATEWAY, OURS, 9)],
    ),
    "a REVERSAL the other way": (
        transaction("REVERSAL", details=out("out")),
        [(GATEWAY, OURS, 100)],
    ),
    "the house's payment in a wallet": (
        transaction("UNMATCHED", wallet=HOUSE),
        [(GATEWAY, f"wallet:{HOUSE}", 100)],
    ),
}

WRONG_ACCOUNT = {
    "another wallet": (transaction("FUNDING"), (GATEWAY, f"wallet:{ObjectId()}", 1)),
    "another customer's debt": (transaction("FUNDING"), (GATEWAY, f"receivable:{ObjectId()}", 1)),
    "an account of no chart": (transaction("WITHDRAWAL"), (OURS, "pocket:mine", 1)),
    "the same account twice": (transaction("WITHDRAWAL"), (GATEWAY, GATEWAY, 1)),
    "a funding that takes": (transaction("FUNDING"), (OURS, GATEWAY, 1)),
    "a withdrawal that gives": (transaction("WITHDRAWAL"), (GATEWAY, OURS, 1)),
    "a funding from our income": (transaction("FUNDING"), ("income:fees", OURS, 1)),
    "a funding from an expense": (transaction("FUNDING"), ("expense:vendor_fees", OURS, 1)),
    "a funding from another vendor": (transaction("FUNDING"), (FLOAT, OURS, 1)),
    "an account that only looks known": (transaction("FUNDING"), ("suspense:mine", OURS, 1)),
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_settlement_books_has_no_fault(name: str) -> None:
    """Neither in its sum nor in its accounts."""
    one, movements = RIGHT[name]
    booked = entries(*movements)

    assert rules.find_sum_fault(one, booked) is None
    assert [rules.find_account_fault(one, each) for each in booked] == [None] * len(booked)


@pytest.mark.parametrize("name", WRONG_SUM)
def test_entries_that_add_up_to_something_else_are_a_fault(name: str) -> None:
    """The sentence says what the transaction is."""
    one, movements = WRONG_SUM[name]

    assert one.type in (rules.find_sum_fault(one, entries(*movements)) or "")


@pytest.mark.parametrize("name", WRONG_ACCOUNT)
def test_an_account_that_the_transaction_cannot_have_is_a_fault(name: str) -> None:
    """Also the right account in the wrong direction."""
    one, movement = WRONG_ACCOUNT[name]
    [entry] = entries(movement)

    assert rules.find_account_fault(one, entry)


def test_another_currency_on_the_customers_account_is_a_fault() -> None:
    """Between accounts of the house any currency is right."""
    one = transaction("FUNDING")
    wrong, right = entries((GATEWAY, OURS, 100), (GATEWAY, SUSPENSE, 100), currency="USD")

    assert "USD" in (rules.find_account_fault(one, wrong) or "")
    assert rules.find_account_fault(one, right) is None


def test_a_wallet_holds_its_pending_debits_and_what_is_frozen() -> None:
    """A PENDING funding and an ended debit hold nothing."""
    kobo = rules.held_kobo(
        [
            transaction("WITHDRAWAL", "PENDING", fee=5),
            transaction("AIRTIME", "FAILED"),
            transaction("FUNDING", "PENDING"),
            transaction("FUNDING", frozen=40),
        ]
    )

    assert kobo == 145
