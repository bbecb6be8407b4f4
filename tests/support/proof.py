"""Compares the vendors' books, our transactions and our ledger, when the faults are over."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter, defaultdict
from typing import Any

import requests
from pymongo.database import Database

from dev.stack.addresses import ROOT
from dev.stack.stack import Stack
from payflow.kernel import clock
from tests.support.database import open_database

Json = dict[str, Any]
# An atomic block of a process that died holds its wallet for a minute. Requeries and retries
# follow after that.
_HEAL_S = 240.0
# The other side of an entry at a vendor that is no part of what the customer ordered.
_NAMED_APART = {"expense:vendor_fees", "expense:duty", "income:commission", "settlement:bank"}
# Transactions that concern no customer.
_OF_THE_HOUSE = ("UNMATCHED", "UNMATCHED_OUT", "ADJUSTMENT", "CHARGE")


def wait_until_settled(stack: Stack) -> list[str]:
    """What is still open after the sweeps had their time. Returns [] as soon as nothing is."""
    deadline = time.monotonic() + _HEAL_S
    with open_database(stack) as database:
        while unsettled := _find_unsettled(database):
            if time.monotonic() > deadline:
                return unsettled
            time.sleep(1)
    return []


def _find_unsettled(database: Database[Json]) -> list[str]:
    pending = database["transactions"].find({"status": "PENDING"})
    found = [f"{row['reference']} is PENDING: {row['type']}" for row in pending]
    events = database["webhook_events"].find({"status": {"$in": ["RECEIVED", "DEAD"]}})
    return found + [f"event {row['dedupe_key']} is {row['status']}" for row in events]


def open_books(stack: Stack) -> list[str]:
    """Book what the vendors hold at the start. From then on reconciliation compares it."""
    run = _manage(stack, "open_books")
    return [f"open_books: {run.stdout}{run.stderr}"] if run.returncode else []


def reconcile(stack: Stack) -> list[str]:
    """Reconcile as the nights do, and name what still differs: house accounts included."""
    today = clock.lagos_day(clock.now()).isoformat()
    for _ in range(2):  # what the first night corrected is clean in the second
        run = _manage(stack, "reconcile", "--date", today)
    return [f"reconcile: {run.stdout}{run.stderr}"] if run.returncode else []


def _manage(stack: Stack, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT, env=stack.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def find_differences(stack: Stack) -> list[str]:
    """Where the vendors' books, our transactions and our ledger disagree; a sentence each."""
    books = _read_books(stack)
    with open_database(stack) as database:
        transactions = list(database["transactions"].find())
        entries = list(database["ledger_entries"].find({"currency": "NGN"}))
        wallets = list(database["wallets"].find())
    vendor = _sum_at_vendors(books, transactions)
    at_vendors, at_customers = _sum_entries(entries, transactions)
    ours = _sum_transactions(transactions)
    wrong = [
        f"{reference}: the vendor moved {vendor[reference]} kobo, "
        f"our ledger says {at_vendors[reference]}"
        for reference in sorted({*vendor, *at_vendors})
        if vendor[reference] != at_vendors[reference]
    ]
    wrong += [
        f"{reference}: our transactions moved {ours[reference]} kobo of the customer, "
        f"our ledger says {at_customers[reference]}"
        for reference in sorted({*ours, *at_customers})
        if ours[reference] != at_customers[reference]
    ]
    net = _sum_accounts(entries)
    accounts = {
        f"wallet:{wallet['_id']}": wallet["balance"] for wallet in wallets
    } | {
        f"receivable:{wallet['_id']}": -wallet.get("owed", 0) for wallet in wallets
    } | {
        "gateway:flutterwave": -_held_by_flutterwave(books),
        "float:vtpass": books["vtpass"]["debited_kobo"],
        "expense:vendor_fees": -_sum_fees(books),
        "expense:duty": -_sum_duty(books),
    }  # fmt: skip
    return wrong + [
        f"{account} should be {kobo} and its entries say {net[account]}"
        for account, kobo in accounts.items()
        if net[account] != kobo
    ]


def find_faults(stack: Stack) -> list[str]:
    """What `manage.py audit_ledger` and the tests' own invariants find in the database."""
    wrong = []
    programs = (["manage.py", "audit_ledger", "--full"], ["-m", "tests.support.check_wallets"])
    for program in programs:
        run = subprocess.run(
            [sys.executable, *program],
            cwd=ROOT, env=stack.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if run.returncode:
            wrong.append(f"{program[1]}: {run.stdout}{run.stderr}")
        else:
            print(run.stdout.strip())
    return wrong


def count_transactions(stack: Stack) -> Counter[str]:
    """How many transactions there are of each type and status."""
    with open_database(stack) as database:
        rows = database["transactions"].find()
        return Counter(f"{row['type']} {row['status']}" for row in rows)


def group_references_by_key(stack: Stack) -> dict[str, list[str]]:
    """The references under each client's idempotency key; it is stored as `user:type:key`."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    with open_database(stack) as database:
        for row in database["transactions"].find({"idempotency_key": {"$exists": True}}):
            found[row["idempotency_key"].rsplit(":", 1)[1]].append(row["reference"])
    return found


def _read_books(stack: Stack) -> Json:
    answer = requests.get(f"{stack.addresses.sandbox}/control/books", timeout=30)
    answer.raise_for_status()
    books: Json = answer.json()
    return books


def _sum_at_vendors(books: Json, transactions: list[Json]) -> Counter[str]:
    """The kobo that the vendors moved under each of our references: in is plus, out is minus."""
    flutterwave, vtpass = books["flutterwave"], books["vtpass"]
    moved: Counter[str] = Counter(flutterwave["totals_by_tx_ref"])
    for each in flutterwave["movements"]:
        if each["kind"] in ("refund", "chargeback") and each["currency"] == "NGN":
            moved[each["reference"]] += each["amount_kobo"]
    for reference, kobo in flutterwave["payout_totals_by_reference"].items():
        moved[reference.partition("_RETRY_")[0]] -= kobo
    ours = {row.get("provider_reference"): row["reference"] for row in transactions}
    fees = {each["request_id"]: each["fee_kobo"] for each in vtpass["purchases"]}
    for request_id, kobo in vtpass["delivered_by_request_id"].items():
        moved[ours.get(request_id, f"unknown {request_id}")] -= kobo + fees[request_id]
    return moved


def _held_by_flutterwave(books: Json) -> int:
    """What it holds for us more than at the start."""
    moved = books["flutterwave"]["movements"]
    return int(sum(each["amount_kobo"] for each in moved if each["currency"] == "NGN"))


def _sum_duty(books: Json) -> int:
    """What it took as stamp duty on transfers, less what it gave back."""
    moved = books["flutterwave"]["movements"]
    return -int(sum(each["amount_kobo"] for each in moved if each["kind"] == "stamp_duty"))


def _sum_fees(books: Json) -> int:
    """What it keeps of payments and takes for transfers, without the duty."""
    return int(books["flutterwave"]["fees_kobo"] - _sum_duty(books))


def _family(transactions: list[Json]) -> dict[str, str]:
    """By reference, the one that the vendor knows: a REVERSAL counts for what it reverses."""
    return {
        row["reference"]: row.get("reverses")
        or row.get("meta", {}).get("named_reference")
        or row["reference"]
        for row in transactions
    }


def _sum_transactions(transactions: list[Json]) -> Counter[str]:
    """What each SUCCESS gave to its customer in kobo, or took with its fee if negative."""
    net: Counter[str] = Counter()
    family = _family(transactions)
    for row in transactions:
        if row["status"] != "SUCCESS" or row["type"] in _OF_THE_HOUSE:
            continue
        if row["type"] == "REVERSAL":
            sign = 1 if row["meta"]["direction"] == "in" else -1
        else:
            sign = 1 if row["type"] == "FUNDING" else -1
        fee = row.get("fee", 0) if sign < 0 else 0
        net[family[row["reference"]]] += sign * (row["amount"] + fee)
    return net


def _sum_entries(
    entries: list[Json], transactions: list[Json]
) -> tuple[Counter[str], Counter[str]]:
    """By reference: the kobo that moved at the vendors, and what the customers got of it.

    At the vendors without their fees and our commission, which they name apart.
    """
    family = _family(transactions)
    at_vendors: Counter[str] = Counter()
    at_customers: Counter[str] = Counter()
    for entry in entries:
        debit, credit, kobo = entry["debit_account"], entry["credit_account"], entry["amount"]
        reference = family.get(entry["transaction"], entry["transaction"])
        customers = [side.startswith(("wallet:", "receivable:")) for side in (debit, credit)]
        at_customers[reference] += kobo * (customers[1] - customers[0])
        if {debit, credit} & _NAMED_APART:
            continue
        vendors = [side in ("gateway:flutterwave", "float:vtpass") for side in (debit, credit)]
        at_vendors[reference] += kobo * (vendors[0] - vendors[1])
    return at_vendors, at_customers


def _sum_accounts(entries: list[Json]) -> Counter[str]:
    """Credits less debits of each account, without what we paid in at a vendor."""
    net: Counter[str] = Counter()
    for entry in entries:
        if "settlement:bank" in (entry["debit_account"], entry["credit_account"]):
            continue
        net[entry["credit_account"]] += entry["amount"]
        net[entry["debit_account"]] -= entry["amount"]
    return net
