"""The endpoints of the wallet and of its history."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId
from mongoengine import QuerySet
from rest_framework.test import APIClient

from payflow.kernel import clock
from payflow.kernel.paging import Cursor
from tests.support.locks import lock
from tests.support.people import API, Customer
from wallets.errors import WalletNotFound
from wallets.ledger import holds, locks, selectors
from wallets.ledger.documents import (
    Change,
    ChangeSource,
    Transaction,
    TransactionStatus,
    Wallet,
)

pytestmark = pytest.mark.usefixtures("db")


def test_a_new_wallet_is_empty_and_active(customer: Customer) -> None:
    """With the fields that clients rely on, and amounts as text."""
    body = customer.get("/wallet/").json()

    assert body == {
        "id": str(customer.wallet.pk),
        "currency": "NGN",
        "balance": "0.00",
        "held": "0.00",
        "owed": "0.00",
        "available": "0.00",
        "is_active": True,
        "is_locked": False,
        "created_at": body["created_at"],
        "updated_at": body["updated_at"],
    }


def test_the_wallet_needs_a_token() -> None:
    """Without a token there is a 401."""
    assert APIClient().get(f"{API}/wallet/").status_code == 401


def test_toggling_twice_restores_the_wallets_state(customer: Customer) -> None:
    """Each toggle turns active into inactive, or back."""
    states = [customer.post("/wallet/toggle-activity").json()["is_active"] for _ in range(2)]

    assert states == [False, True]


@pytest.mark.parametrize("wanted", [True, False])
def test_setting_the_wallets_state_is_safe_to_repeat(customer: Customer, wanted: bool) -> None:
    """The request names the state that is wanted."""
    body = {"is_active": wanted}

    states = [customer.post("/wallet/toggle-activity", body).json() for _ in range(2)]

    assert [s["is_active"] for s in states] == [wanted, wanted]


def test_an_inactive_wallet_refuses_funding(customer: Customer) -> None:
    """No transaction is written."""
    customer.post("/wallet/toggle-activity", {"is_active": False})

    answer = customer.post("/wallet/fund", {"amount": "100"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "wallet_inactive")
    assert Transaction.objects(user_id=customer.user.pk).count() == 0


@pytest.mark.parametrize(
    ("expires_in_s", "status"), [(None, 423), (60, 423), (-1, 201)], ids=["open", "later", "over"]
)
def test_a_locked_wallet_refuses_funding_until_the_lock_ends(
    customer: Customer, vendor: Any, expires_in_s: int | None, status: int
) -> None:
    """A lock that has ended stops nothing, whether it is cleared or not."""
    now = clock.now()
    expires_at = None if expires_in_s is None else now + timedelta(seconds=expires_in_s)
    lock(customer.wallet.pk, until=expires_at, now=now)

    answer = customer.post("/wallet/fund", {"amount": "100"})

    assert answer.status_code == status


def test_the_sweep_clears_only_locks_that_have_ended(new_customer: Callable[[], Customer]) -> None:
    """A lock with time left and a lock without an end stay."""
    now = clock.now()
    over, later, endless = (new_customer().wallet for _ in range(3))
    for wallet, expires_at in ((over, now), (later, now + timedelta(hours=1)), (endless, None)):
        lock(wallet.pk, until=expires_at, now=now)

    locks.clear_expired_locks(now=now)

    locked = [Wallet.objects.get(pk=w.pk).is_locked for w in (over, later, endless)]
    assert locked == [False, True, True]
    assert Wallet.objects.get(pk=over.pk).locks == []


def test_locking_an_unknown_wallet_is_an_error() -> None:
    """It raises WalletNotFound."""
    with pytest.raises(WalletNotFound):
        lock(ObjectId())


# --- Lists ------------------------------------------------------------------------------------


DAY = datetime(2026, 1, 31, tzinfo=UTC)


def make_history(customer: Customer, count: int, **fields: Any) -> list[Transaction]:
    """This number of transactions more, oldest first, an hour apart."""
    made = []
    for _ in range(count):
        wallet = customer.wallet
        transaction = Transaction(
            reference=f"PFTST{ObjectId()}",
            wallet=customer.wallet.pk,
            user_id=customer.user.pk,
            **{
                "type": "FUNDING",
                "status": TransactionStatus.PENDING,
                "amount": 100,
                **fields,
            },
        )
        at = DAY + timedelta(hours=wallet.transaction_number)
        holds.place_hold(wallet, transaction, hold_kobo=0, now=at)
        transaction.history = [
            Change(status=transaction.status, source=ChangeSource.API, at=transaction.created_at)
        ]
        made.append(transaction.save(force_insert=True))
    return made


def references(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["reference"] for row in answer.json()["results"]]


def test_pages_cover_the_history_once_in_both_directions(customer: Customer) -> None:
    """Along `next` and back along `previous` each transaction comes once, in order."""
    expected = [t.reference for t in reversed(make_history(customer, 7))]

    seen: list[str] = []
    url = f"{API}/wallet/transactions?limit=3"
    while url:
        answer = customer.client.get(url)
        seen += references(answer)
        last, url = answer.json(), answer.json()["next"]
    back: list[str] = [row["reference"] for row in last["results"]]
    while last["previous"]:
        answer = customer.client.get(last["previous"])
        last = answer.json()
        back = references(answer) + back

    assert seen == expected
    assert back == expected


def test_the_first_page_has_no_previous_and_the_last_no_next(
    customer: Customer,
) -> None:
    """A list of one page has neither."""
    make_history(customer, 2)

    body = customer.get("/wallet/transactions", limit=2).json()

    assert (body["next"], body["previous"]) == (None, None)


def test_filters_can_be_combined(customer: Customer) -> None:
    """Type, status, reference and dates each narrow the list."""
    funding = make_history(customer, 3)
    failed = make_history(customer, 2, status=TransactionStatus.FAILED)
    airtime = make_history(customer, 1, type="AIRTIME")

    def found(**filters: Any) -> set[str]:
        return set(references(customer.get("/wallet/transactions", **filters)))

    def named(*transactions: Transaction) -> set[str]:
        return {t.reference for t in transactions}

    assert found(type="FUNDING") == named(*funding, *failed)
    assert found(status="FAILED") == named(*failed)
    assert found(type="AIRTIME", status="FAILED") == set()
    assert found(reference=airtime[0].reference) == named(*airtime)
    start, end = funding[1].created_at.isoformat(), funding[2].created_at.isoformat()
    assert found(date_from=start, date_to=end, status="PENDING", type="FUNDING") == named(
        funding[1]
    )
    assert found(date_from="2026-01-31", date_to="2026-01-31") == named(*funding, *failed, *airtime)
    assert found(date_to="2026-01-30") == found(date_from="2026-02-01") == set()
    assert found(reference=funding[1].reference, status="FAILED") == set()
    assert found(reference=funding[1].reference, date_from=end) == set()


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 101},
        {"limit": "many"},
        {"type": "GIFT"},
        {"status": "LOST"},
        {"date_from": "yesterday"},
        {"date_from": "2026-02-30"},
        {"after": "x"},
        {"after": 0},
        {"after": 9, "before": 1},
        {"colour": "red"},
    ],
)
def test_a_bad_filter_is_refused_by_name(customer: Customer, query: dict[str, Any]) -> None:
    """An invalid value is a 400 that names the filter."""
    answer = customer.get("/wallet/transactions", **query)

    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "validation_error"
    assert set(error["details"]) & {*query, "non_field_errors"}


def test_a_customer_sees_only_own_transactions(new_customer: Callable[[], Customer]) -> None:
    """Those of others are in no list, and a 404 by reference."""
    mine, other = new_customer(), new_customer()
    [transaction] = make_history(other, 1)

    one = mine.get(f"/wallet/transactions/{transaction.reference}")

    assert references(mine.get("/wallet/transactions")) == []
    assert references(mine.get("/wallet/transactions", reference=transaction.reference)) == []
    assert (one.status_code, one.json()["error"]["code"]) == (404, "transaction_not_found")


def test_a_filter_finds_rare_transactions_behind_many_others(customer: Customer) -> None:
    """In order, in both directions."""
    first = make_history(customer, 2, status=TransactionStatus.FAILED)
    make_history(customer, 90)
    last = make_history(customer, 1, status=TransactionStatus.FAILED)
    expected = [t.reference for t in (*last, *reversed(first))]

    page = customer.get("/wallet/transactions", status="FAILED", limit=2)
    rest = customer.client.get(page.json()["next"])
    back = customer.client.get(rest.json()["previous"])

    assert references(page) + references(rest) == expected
    assert references(back) == references(page)


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"type": "FUNDING"},
        {"status": TransactionStatus.PENDING},
        {"type": "FUNDING", "status": TransactionStatus.PENDING},
        {"date_from": DAY + timedelta(hours=10), "date_to": DAY + timedelta(hours=50)},
    ],
    ids=lambda filters: "+".join(filters) or "all",
)
def test_a_page_reads_few_index_keys_in_a_long_history(
    customer: Customer, filters: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every query of a page is served by an index."""
    make_history(customer, 60)
    examined: list[int] = []
    original = QuerySet.__iter__

    def explain_first(self: Any) -> Any:
        if self._document is Transaction:
            plan = self.clone().explain()
            assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"])
            examined.append(plan["executionStats"]["totalDocsExamined"])
        return original(self)

    monkeypatch.setattr(QuerySet, "__iter__", explain_first)
    page = selectors.get_transaction_page(
        user_id=customer.user.pk, filters=filters, cursor=Cursor(limit=10)
    )

    assert len(page.rows) == 10
    assert examined and sum(examined) <= 11
