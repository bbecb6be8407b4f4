"""The audit names every change that was made without the application."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId
from django.core.management import CommandError, call_command

from payflow.kernel import clock
from tests.support.airtime import requery_purchase
from tests.support.networks import Networks
from tests.support.people import Customer
from tests.support.staging import changed, deleted, open_cases
from tests.support.vendor import Vendor
from wallets.ledger import postings, seals
from wallets.ledger.documents import LedgerEntry, Transaction, TransactionStatus, Wallet
from wallets.management.commands import audit_ledger as command
from wallets.oversight import anchors, tasks
from wallets.oversight.audit import wallet as of_one_wallet
from wallets.oversight.audit.findings import lock_and_report
from wallets.oversight.audit.missing import find_missing_wallets
from wallets.oversight.audit.totals import account_totals
from wallets.oversight.audit.wallet import Anchor, audit_wallet, is_turn
from wallets.oversight.documents import AuditCheckpoint
from wallets.oversight.tasks import audit_ledger
from wallets.review.documents import ReviewCase

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def moved(customer: Customer, vendor: Vendor) -> Customer:
    """A wallet with seven entries, among them a reversal, and with a hold and a failed purchase."""
    vendor.webhooks(drop=1000)
    for _ in range(3):
        customer.receive("1000")
    bought = customer.transaction(customer.buy().json()["tx_ref"])
    Networks(vendor).end(bought.vendor_id, "reversed", callback=False)
    requery_purchase(bought.reference)
    customer.withdraw("100")
    customer.buy("08033333333")
    return customer


def faults(customer: Customer, *, full: bool = True) -> set[tuple[str, str]]:
    findings = audit_wallet(customer.wallet.pk, full=full, now=clock.now())[1]
    return {(each.kind, each.where.split(" ")[0]) for each in findings}


def id_before(customer: Customer) -> ObjectId:
    """The id after which an audit begins with the customer's wallet."""
    return ObjectId((int(str(customer.wallet.pk), 16) - 1).to_bytes(12, "big"))


def rewrite(entry: LedgerEntry, **fields: Any) -> None:
    """Change an entry without any code of the product."""
    LedgerEntry._get_collection().update_one({"_id": entry.pk}, {"$set": fields})


def test_an_unchanged_wallet_has_no_fault(moved: Customer) -> None:
    """With fundings, purchases, a reversal, a hold and a failure."""
    assert faults(moved) == set()
    assert len(moved.entries()) == 7


def amount(entry: LedgerEntry) -> dict[str, Any]:
    return {"amount": entry.amount + 1}


def account(entry: LedgerEntry) -> dict[str, Any]:
    return {"debit_account": "gateway:mine"}


def time(entry: LedgerEntry) -> dict[str, Any]:
    return {"created_at": clock.now()}


@pytest.mark.parametrize("change", [amount, account, time])
@pytest.mark.parametrize("place", [1, 3, 7])
def test_a_changed_entry_is_named(
    moved: Customer, change: Callable[[LedgerEntry], dict[str, Any]], place: int
) -> None:
    """Any field of any entry: its own hash does not match."""
    entry = moved.entries()[place - 1]
    rewrite(entry, **change(entry))

    assert ("entry_changed", f"#{place}") in faults(moved)


def test_a_changed_entry_with_a_new_hash_breaks_the_chain(moved: Customer) -> None:
    """The next entry has the old hash."""
    entry = moved.entries()[2]
    entry.created_at = clock.now()
    rewrite(entry, created_at=entry.created_at, hash=postings.hash_entry(entry))

    assert faults(moved) == {("chain_broken", "#4")}


@pytest.mark.parametrize("place", [1, 4, 7])
def test_a_removed_entry_is_named(moved: Customer, place: int) -> None:
    """The first, a middle or the last: its seq is missing, and its transaction differs."""
    moved.entries()[place - 1].delete()

    found = faults(moved)

    assert ("entry_missing", f"#{place}") in found
    assert "entries_differ" in {kind for kind, _ in found}


def test_two_entries_that_swapped_places_are_named(moved: Customer) -> None:
    """The place is part of the hash."""
    second, third = moved.entries()[1:3]
    rewrite(second, seq=999)
    rewrite(third, seq=2)
    rewrite(second, seq=3)

    assert {("entry_changed", "#2"), ("entry_changed", "#3")} <= faults(moved)


def test_an_added_entry_is_named(moved: Customer) -> None:
    """Although it is the last one with a right hash, and the wallet was changed to match."""
    last = moved.entries()[-1]
    extra = LedgerEntry(
        transaction="PFFUN000000000000000000000000",
        debit_account="gateway:flutterwave",
        credit_account=last.credit_account,
        amount=5,
        currency="NGN",
        wallet=last.wallet,
        seq=last.seq + 1,
        balance_after=last.balance_after + 5,
        prev_hash=last.hash,
        created_at=clock.now(),
    )
    extra.hash = postings.hash_entry(extra)
    extra.save(force_insert=True)
    Wallet.objects(pk=last.wallet).update_one(
        inc__balance=5, set__entry_seq=extra.seq, set__entry_hash=extra.hash
    )

    assert faults(moved) == {("orphan_entry", f"#{extra.seq}")}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"inc__balance": 1}, "balance_differs"),
        ({"inc__held": 1}, "held_differs"),
        ({"set__entry_hash": "0" * 64}, "head_differs"),
        ({"inc__entry_seq": 1}, "entry_missing"),
    ],
)
def test_a_wallet_that_differs_from_its_entries_is_named(
    moved: Customer, change: dict[str, Any], fault: str
) -> None:
    """Balance, hold, chain end and number of entries."""
    Wallet.objects(pk=moved.wallet.pk).update_one(**change)

    assert fault in {kind for kind, _ in faults(moved)}


@pytest.mark.parametrize(("was", "status"), [("SUCCESS", "FAILED"), ("FAILED", "SUCCESS")])
def test_a_transaction_that_differs_from_its_entries_is_named(
    moved: Customer, was: str, status: str
) -> None:
    """A SUCCESS has exactly its entries, a FAILED has none."""
    transaction = Transaction.objects(user_id=moved.user.pk, status=was).first()
    Transaction.objects(pk=transaction.pk).update_one(set__status=TransactionStatus(status))

    assert faults(moved) == {("entries_differ", transaction.reference)}


def test_a_second_audit_checks_new_entries_and_the_last_checked_one(moved: Customer) -> None:
    """A full audit checks all entries again."""
    clean = faults(moved, full=False)
    mark = AuditCheckpoint.objects.get(pk=moved.wallet.pk)
    moved.receive("100")
    newest, marked, old = moved.entries()[-1], moved.entries()[mark.seq - 1], moved.entries()[0]
    rewrite(newest, amount=newest.amount + 1)
    rewrite(marked, amount=marked.amount + 1)
    rewrite(old, amount=old.amount + 1)

    later = faults(moved, full=False)

    assert clean == set()
    assert ("entry_changed", f"#{newest.seq}") in later
    assert ("changed_since_audit", f"#{marked.seq}") in later
    assert ("entry_changed", "#1") not in later
    assert ("entry_changed", "#1") in faults(moved)


def test_a_second_audit_checks_debits_that_were_open_at_the_first(moved: Customer) -> None:
    """They may be booked since."""
    faults(moved, full=False)
    pending = Transaction.objects(user_id=moved.user.pk, status=TransactionStatus.PENDING).first()
    Transaction.objects(pk=pending.pk).update_one(set__status=TransactionStatus.SUCCESS)

    assert ("entries_differ", pending.reference) in faults(moved, full=False)


def test_a_wallet_that_is_used_during_its_audit_has_no_fault(moved: Customer) -> None:
    """Fundings and purchases run while it is audited 20 times."""
    stop = threading.Event()

    def keep_moving() -> None:
        while not stop.is_set():
            moved.receive("100")
            moved.buy(amount="50")

    mover = threading.Thread(target=keep_moving)
    mover.start()
    try:
        found = [faults(moved, full=bool(n % 2)) for n in range(20)]
    finally:
        stop.set()
        mover.join()

    assert found == [set()] * 20


def test_a_wholly_rewritten_chain_is_found_by_its_anchor(moved: Customer, tmp_path: Path) -> None:
    """Every hash and figure matches; only the anchor outside the database differs."""
    file = tmp_path / "anchors"
    run_audit(moved, anchors=file)
    previous, balance = "", 0
    for entry in moved.entries():
        entry.prev_hash, entry.created_at = previous, clock.now()
        credited = entry.credit_account.startswith("wallet:")
        balance += entry.amount * (credited - entry.debit_account.startswith("wallet:"))
        entry.balance_after = balance
        previous = entry.hash = postings.hash_entry(entry)
        entry.save()
    Wallet.objects(pk=moved.wallet.pk).update_one(set__entry_hash=previous)

    unseen, found = faults(moved), list(anchors.check(file))

    assert unseen == set()
    assert [(each.kind, each.where) for each in found] == [("history_rewritten", "#7")]


def test_a_changed_anchor_file_is_refused(moved: Customer, tmp_path: Path) -> None:
    """An edited line or a removed block breaks the seal."""
    file = tmp_path / "anchors"
    run_audit(moved, anchors=file)
    moved.receive("100")
    run_audit(moved, anchors=file)
    lines = file.read_text().splitlines(keepends=True)

    for broken in (lines[2:], [lines[0].replace('"seq": 7', '"seq": 6'), *lines[1:]]):
        file.write_text("".join(broken))
        with pytest.raises(CommandError, match="was changed"):
            run_audit(moved, check_anchors=file)


def test_a_file_that_lost_its_end_fails_for_good(moved: Customer, tmp_path: Path) -> None:
    """Also after the next run has written to it, and if all of it was removed."""
    file = tmp_path / "anchors"
    run_audit(moved, anchors=file)
    first = file.read_bytes()
    moved.receive("100")
    run_audit(moved, anchors=file)

    for left in (first, b""):
        file.write_bytes(left)
        with pytest.raises(CommandError, match="lost anchors"):
            run_audit(moved, check_anchors=file)
    run_audit(moved, anchors=file)

    with pytest.raises(CommandError, match="lost anchors"):
        run_audit(moved, check_anchors=file)


def test_a_run_that_died_before_it_recorded_the_end_breaks_nothing(
    moved: Customer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file has more than was recorded, and its seals are right."""
    file = tmp_path / "anchors"
    run_audit(moved, anchors=file)
    with monkeypatch.context() as dead:
        dead.setattr(anchors, "_record_end", lambda *args, **kwargs: None)
        run_audit(moved, anchors=file)

    run_audit(moved, check_anchors=file)
    run_audit(moved, anchors=file)
    run_audit(moved, check_anchors=file)


def test_a_rewritten_list_of_transactions_is_found_by_its_anchor(
    moved: Customer, tmp_path: Path
) -> None:
    """Every seal and the wallet match again; only the anchor outside the database differs."""
    file = tmp_path / "anchors"
    run_audit(moved, anchors=file)
    previous = ""
    for one in Transaction.objects(user_id=moved.user.pk).order_by("number"):
        one.created_at = clock.now()
        previous = seals.seal(one, previous=previous)
        one.save()
    Wallet.objects(pk=moved.wallet.pk).update_one(set__transaction_seal=previous)

    unseen, found = faults(moved), list(anchors.check(file))

    assert unseen == set()
    assert [(each.kind, each.where) for each in found] == [("history_rewritten", "number 7")]


def test_an_unsealed_line_of_a_dead_run_breaks_nothing(moved: Customer, tmp_path: Path) -> None:
    """The next run's seal covers it, and it anchors nothing."""
    file = tmp_path / "anchors"
    run_audit(moved, anchors=file)
    with file.open("a") as torn:
        torn.write('{"at": "2026-11-24", "wall')
    run_audit(moved, anchors=file)

    run_audit(moved, check_anchors=file)
    changed = file.read_text().replace("2026-11-24", "2026-11-25")
    file.write_text(changed)

    with pytest.raises(CommandError, match="was changed"):
        run_audit(moved, check_anchors=file)


def test_the_last_seal_is_found_behind_a_long_block(tmp_path: Path) -> None:
    """Only the end of the file is read; a block may be longer than one read."""
    file = tmp_path / "anchors"
    many = [Anchor(str(ObjectId()), 0, "", 0) for _ in range(1500)]
    with file.open("w") as torn:
        torn.writelines(f'{{"at": "{"x" * 100}"}}\n' for _ in range(1500))

    anchors.append(file, many, clock.now())
    anchors.append(file, many[:1], clock.now())

    assert list(anchors.check(file)) == []
    assert file.read_text().count('"seal"') == 2


def test_the_audit_command_fails_if_there_is_a_fault(moved: Customer) -> None:
    """A table names the fault; without a fault the command succeeds."""
    well = run_audit(moved)
    rewrite(moved.entries()[3], amount=1)
    ill = StringIO()

    with pytest.raises(CommandError, match="faults"):
        call_command("audit_ledger", wallet=moved.wallet.pk, full=True, stdout=ill)

    assert "1 wallets, 7 entries" in well
    assert "entry_changed" in ill.getvalue()
    assert "#4" in ill.getvalue()


def test_the_nightly_audit_locks_a_wallet_with_a_fault(moved: Customer) -> None:
    """It takes no new debit, and a review case is open."""
    rewrite(moved.entries()[3], amount=1)

    audit_ledger(after=str(id_before(moved)))

    assert moved.wallet.is_locked
    assert [lock.owner for lock in moved.wallet.locks] == ["audit"]
    assert moved.buy().status_code == 423
    kinds = {case.kind for case in ReviewCase.objects(transaction=f"wallet:{moved.wallet.pk}")}
    assert "audit_entry_changed" in kinds


def test_the_nightly_audit_writes_the_anchors(
    moved: Customer, tmp_path: Path, settings: Any
) -> None:
    """A wallet without a fault has its chain end in the file."""
    settings.AUDIT_ANCHORS_FILE = str(tmp_path / "anchors")

    audit_ledger(after=str(id_before(moved)))

    written = (tmp_path / "anchors").read_text()
    assert f'"wallet": "{moved.wallet.pk}", "seq": 7' in written
    assert list(anchors.check(tmp_path / "anchors")) == []


def test_the_nightly_audit_tells_of_a_file_of_anchors_that_lost_its_end(
    moved: Customer, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A case about the file, which no wallet is locked for; also if the file is gone."""
    monkeypatch.setattr(tasks, "wallet_ids", lambda after=None: iter([moved.wallet.pk]))
    monkeypatch.setattr(tasks, "find_missing_wallets", lambda: iter([]))
    file = tmp_path / "anchors"
    settings.AUDIT_ANCHORS_FILE = str(file)

    audit_ledger()
    assert open_cases(f"anchors:{file}") == []
    file.unlink()
    audit_ledger()

    assert open_cases(f"anchors:{file}") == ["audit_anchors_damaged"]
    assert not moved.wallet.is_locked


def test_an_audit_by_two_processes_finds_the_same_faults(
    moved: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An audit may begin after the wallet where another stopped."""
    # Other tests leave customers without a wallet.
    monkeypatch.setattr(command, "find_missing_wallets", lambda: iter(()))
    rewrite(moved.entries()[3], amount=1)
    before = id_before(moved)
    out = StringIO()

    with pytest.raises(CommandError, match="faults"):
        call_command("audit_ledger", after=before, jobs=2, full=True, stdout=out)
    rest = StringIO()
    call_command("audit_ledger", after=moved.wallet.pk, jobs=2, stdout=rest)

    assert str(moved.wallet.pk) in out.getvalue()
    assert rest.getvalue().startswith("0 wallets")


def test_a_hold_without_a_debit_opens_a_review_case(moved: Customer) -> None:
    """The hold stays."""
    held = moved.wallet.held
    Wallet.objects(pk=moved.wallet.pk).update_one(inc__held=1)

    audit_ledger(after=str(id_before(moved)))

    [case] = ReviewCase.objects(transaction=f"wallet:{moved.wallet.pk}")
    assert case.kind == "audit_held_differs"
    assert moved.wallet.held == held + 1


def test_a_purchase_moves_its_price_between_the_account_totals(moved: Customer) -> None:
    """From the wallets to the vendor and to our commission."""
    before = account_totals()

    moved.buy(amount="300")

    after = account_totals()
    assert {name: kobo - before[name] for name, kobo in after.items() if kobo != before[name]} == {
        "wallets": -300_00,
        "float:vtpass": 289_50,
        "income:commission": 10_50,
    }


@pytest.mark.parametrize("is_known", [True, False], ids=["audited-before", "never-audited"])
def test_a_deleted_wallet_is_named_once(moved: Customer, is_known: bool) -> None:
    """By its checkpoint, or by its customer's transactions."""
    if is_known:
        faults(moved)
    wallet_id = moved.wallet.pk

    with deleted(moved.wallet):
        found = [each for each in find_missing_wallets() if each.wallet == str(wallet_id)]
        lock_and_report(found, now=clock.now())

    assert [each.kind for each in found] == ["wallet_missing"]
    assert open_cases(wallet_id) == ["audit_wallet_missing"]


def test_a_customer_without_wallet_and_transactions_is_named(customer: Customer) -> None:
    """The case is about the user, because nothing names the wallet."""
    with deleted(customer.wallet):
        found = [
            each for each in find_missing_wallets() if each.subject == f"user:{customer.user.pk}"
        ]
        lock_and_report(found, now=clock.now())

    assert len(found) == 1
    assert open_cases(customer.user.pk) == ["audit_wallet_missing"]


def test_the_audit_command_names_a_deleted_wallet(moved: Customer) -> None:
    """Without --wallet it looks for wallets that are gone."""
    out, wallet_id = StringIO(), moved.wallet.pk

    with deleted(moved.wallet), pytest.raises(CommandError, match="faults"):
        call_command("audit_ledger", after=wallet_id, stdout=out)

    assert str(wallet_id) in out.getvalue()


def test_every_wallet_has_its_turn_once_in_seven_nights() -> None:
    """On any seven days in a row; and each night about a seventh of them."""
    start, ids = date(2026, 1, 31), [ObjectId() for _ in range(700)]

    nights = [[is_turn(one, start + timedelta(days=n)) for one in ids] for n in range(7)]

    assert all(sum(night[place] for night in nights) == 1 for place in range(len(ids)))
    assert all(50 < sum(night) < 150 for night in nights)


def test_a_wallet_whose_turn_was_missed_is_read_from_its_first_entry(moved: Customer) -> None:
    """After seven nights, also if it is another wallet's night."""
    now, wallet_id = clock.now(), moved.wallet.pk
    nights = (clock.lagos_day(now) + timedelta(days=n) for n in range(7))
    night = next(each for each in nights if not is_turn(wallet_id, each))
    faults(moved)

    entry = moved.entries()[0]
    with changed(entry, amount=entry.amount + 1):
        seen = [
            bool(audit_wallet(wallet_id, night=night, now=now + timedelta(days=days))[1])
            for days in (6, 8)
        ]

    assert seen == [False, True]


def test_one_wallet_gives_at_most_a_hundred_findings(
    moved: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A history that was replaced as a whole does not bury the faults of others."""
    monkeypatch.setattr(of_one_wallet, "_MAX_FINDINGS", 3)
    for entry in moved.entries():
        rewrite(entry, amount=entry.amount + 1)

    assert len(audit_wallet(moved.wallet.pk, full=True, now=clock.now())[1]) == 3


def test_after_a_fault_the_next_audit_begins_at_the_first_entry(moved: Customer) -> None:
    """So a case that was closed too early is opened again the next night."""
    faults(moved, full=False)
    entry = moved.entries()[0]
    with changed(entry, amount=entry.amount + 1):
        unseen = faults(moved, full=False)
        found = faults(moved)
        again = faults(moved, full=False)

    assert unseen == set()
    assert found == again != set()
    assert faults(moved, full=False) == set()


def run_audit(customer: Customer, **options: Any) -> str:
    out = StringIO()
    call_command("audit_ledger", wallet=customer.wallet.pk, stdout=out, **options)
    return out.getvalue()
