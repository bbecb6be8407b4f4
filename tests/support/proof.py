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
from tests.support.database import open_database

Json = dict[str, Any]
# An atomic block of a process that died holds its wallet for a minute. Requeries and retries
# follow after that.
_HEAL_S = 240.0


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


def find_differences(stack: Stack) -> list[str]:
    """Where the vendors' books, our transactions and our ledger disagree; a sentence each."""
    books = _read_books(stack)
    with open_database(stack) as database:
        transactions = list(database["transactions"].find())
        entries = list(database["ledger_entries"].find())
        wallets = list(database["wallets"].find())
    vendor = _sum_at_vendors(books, transactions)
    ours = _sum_transactions(transactions)
    booked, payable, balances = _sum_entries(entries, transactions)
    wrong = [
        f"{reference}: the vendor moved {vendor[reference]} kobo, "
        f"our transactions {ours[reference]}, our ledger {booked[reference]}"
        for reference in sorted({*vendor, *ours, *booked})
        if not vendor[reference] == ours[reference] == booked[reference]
    ]
    wrong += [
        f"wallet {wallet['_id']} has {wallet['balance']}, its entries say {balances[wallet['_id']]}"
        for wallet in wallets
        if wallet["balance"] != balances[wallet["_id"]]
    ]
    if payable != books["vtpass"]["debited_kobo"]:
        wrong.append(f"we owe VTpass {payable}, it took {books['vtpass']['debited_kobo']}")
    return wrong


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
    moved.subtract(flutterwave["payout_totals_by_reference"])
    ours = {row.get("provider_reference"): row["reference"] for row in transactions}
    for request_id, kobo in vtpass["delivered_by_request_id"].items():
        moved[ours.get(request_id, f"unknown {request_id}")] -= kobo
    return moved


def _sum_transactions(transactions: list[Json]) -> Counter[str]:
    """The kobo of each SUCCESS without its fee; a reversal counts for what it reverses."""
    net: Counter[str] = Counter()
    fees = {row["reference"]: row.get("fee", 0) for row in transactions}
    for row in transactions:
        if row["status"] != "SUCCESS":
            continue
        if row["type"] == "REVERSAL":
            net[row["reverses"]] += row["amount"] - fees[row["reverses"]]
        else:
            net[row["reference"]] += row["amount"] if row["type"] == "FUNDING" else -row["amount"]
    return net


def _sum_entries(
    entries: list[Json], transactions: list[Json]
) -> tuple[Counter[str], int, Counter[Any]]:
    """(kobo by reference, kobo that we owe VTpass, balance by wallet).

    By reference: without fees, and a reversal counts for what it reverses.
    """
    belongs = {row["reference"]: row.get("reverses") or row["reference"] for row in transactions}
    booked: Counter[str] = Counter()
    balances: Counter[Any] = Counter()
    payable = 0
    for entry in entries:
        sign = 1 if entry["credit_account"] == f"wallet:{entry['wallet']}" else -1
        balances[entry["wallet"]] += sign * entry["amount"]
        sides = (entry["debit_account"], entry["credit_account"])
        if "payable:vtpass" in sides:
            payable -= sign * entry["amount"]
        if "income:fees" not in sides:
            reference = entry["transaction"]
            booked[belongs.get(reference, reference)] += sign * entry["amount"]
    return booked, payable, balances
