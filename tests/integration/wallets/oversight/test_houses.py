"""House accounts against what the vendors hold for us, from their opening on."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from payflow.kernel import clock
from tests.support.books import review_kinds
from tests.support.people import Customer
from tests.support.staging import ask
from tests.support.vendor import Vendor
from wallets.house import HOUSE
from wallets.ledger.documents import ADJUSTMENT, LedgerEntry, Transaction
from wallets.oversight import houses
from wallets.oversight.documents import ReconciliationReport
from wallets.oversight.reconciliation import reconcile
from wallets.withdrawals import balances
from wallets.withdrawals import services as withdrawals

pytestmark = pytest.mark.usefixtures("db", "no_webhooks")
GATEWAY, FLOAT = "gateway:flutterwave", "float:vtpass"
# Days on which nothing happens, each for one test.
_DAYS = itertools.count()


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing moves while a test compares, so it need not wait for a second look."""
    monkeypatch.setattr(houses, "_PAUSE_S", 0)


@pytest.fixture(autouse=True)
def closed_afterwards() -> Iterator[None]:
    """Other tests share the database and empty the vendor's books: no account stays open."""
    yield
    opened = Transaction.objects(user_id=HOUSE, type=ADJUSTMENT)
    opened.update(unset__details__house_account=1)


def open_books(*arguments: str) -> str:
    out = StringIO()
    call_command("open_books", *arguments, stdout=out)
    return out.getvalue()


def reconcile_a_day() -> ReconciliationReport:
    day = date(2019, 1, 1) + timedelta(days=20 * next(_DAYS))
    return reconcile(day=day, now=clock.now())


def gaps() -> list[tuple[str, str, str]]:
    """Account, our naira and theirs, of each difference that a reconciliation reports."""
    report = reconcile_a_day()
    return [
        (each.reference, each.ours, each.theirs)
        for each in report.differences
        if each.kind == "balance_differs"
    ]


def test_an_account_that_is_not_opened_is_not_compared(customer: Customer) -> None:
    """Before that our books say nothing about what the vendor held when PayFlow began."""
    assert gaps() == []


def test_opened_books_agree_with_the_vendor_while_money_moves(
    rich: Customer, vendor: Vendor
) -> None:
    """Payments with their fees, a transfer that is on its way, paid and returned, a refund."""
    vendor.transfers(outcome="pending")
    opened = open_books()
    assert f"{GATEWAY} opens with " in opened
    assert f"{FLOAT} opens with " in opened
    seen = [gaps()]
    funding = rich.fund("1500.00")
    payment_id = vendor.pay(funding["link"])
    assert payment_id is not None
    ask(funding["tx_ref"])
    seen.append(gaps())
    reference = rich.withdraw("1000").json()["tx_ref"]
    withdrawals.send(reference=reference, now=clock.now())
    seen.append(gaps())
    for status in ("SUCCESSFUL", "FAILED"):
        vendor.end_transfer(reference, status)
        ask(reference)
        seen.append(gaps())
    vendor.refund(payment_id, "300")
    assert rich.buy().status_code == 200

    # A refund is in the vendor's list of its day.
    reconcile(day=clock.lagos_day(clock.now()), now=clock.now())
    seen.append(gaps())

    assert seen == [[]] * len(seen)
    assert rich.wallet.balance == 10000_00 + 1500_00 - 300_00 - 500_00


def test_an_account_that_agrees_already_opens_without_an_entry(rich: Customer) -> None:
    """There is nothing to book, and from then on it is compared."""
    open_books()
    Transaction.objects(user_id=HOUSE, type=ADJUSTMENT).update(unset__details__house_account=1)
    entries = LedgerEntry.objects(wallet=HOUSE).count()

    assert f"{FLOAT} opens with " in open_books()

    assert f"{FLOAT} is open already." in open_books()
    assert LedgerEntry.objects(wallet=HOUSE).count() == entries


def test_a_movement_that_we_have_not_booked_is_a_difference(rich: Customer, vendor: Vendor) -> None:
    """The account has one review case, with both sums."""
    open_books()
    before = houses.sum_account(GATEWAY) - balances.count_in_flight()
    vendor.pay(rich.fund("1500.00")["link"])  # nobody tells us

    [(account, ours, theirs)] = gaps()

    assert account == GATEWAY
    assert float(ours) * 100 == before
    assert float(theirs) - float(ours) > 1400
    assert review_kinds(GATEWAY) == {"reconciliation_balance_differs"}


def test_books_are_opened_once(rich: Customer) -> None:
    """A second call changes nothing, and says so."""
    open_books()
    entries = LedgerEntry.objects(wallet=HOUSE).count()

    again = open_books()

    assert f"{GATEWAY} is open already." in again
    assert LedgerEntry.objects(wallet=HOUSE).count() == entries


@pytest.mark.parametrize("naira", ["2500.00", "-2500.00"])
def test_what_we_pay_in_or_out_is_booked_as_it_moved(rich: Customer, naira: str) -> None:
    """Against our bank's account, on the wallet of the house."""
    open_books()
    before = houses.sum_account(FLOAT)

    said = open_books("--account", FLOAT, f"--naira={naira}")

    assert f"{FLOAT} moved by {naira}." in said
    assert houses.sum_account(FLOAT) - before == int(float(naira) * 100)
    entry = LedgerEntry.objects(wallet=HOUSE).order_by("-seq").first()
    assert {entry.debit_account, entry.credit_account} == {FLOAT, "settlement:bank"}
    assert entry.balance_after == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--account", FLOAT), "together"),
        (("--account", "income:fees", "--naira", "1"), "no house account"),
        (("--account", FLOAT, "--naira", "1"), "without options first"),
    ],
)
def test_what_cannot_be_booked_is_refused(
    customer: Customer, arguments: tuple[str, ...], sentence: str
) -> None:
    """Nothing is written."""
    before = LedgerEntry.objects(wallet=HOUSE).count()

    with pytest.raises(CommandError, match=sentence):
        open_books(*arguments)

    assert LedgerEntry.objects(wallet=HOUSE).count() == before


@pytest.mark.parametrize("naira", ["0", "1.005", "many"])
def test_an_amount_that_is_no_kobo_is_refused(customer: Customer, naira: str) -> None:
    """Nothing is written."""
    open_books()
    before = LedgerEntry.objects(wallet=HOUSE).count()

    with pytest.raises(CommandError):
        open_books("--account", FLOAT, "--naira", naira)

    assert LedgerEntry.objects(wallet=HOUSE).count() == before
