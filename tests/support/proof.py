"""After the damage: the clock heals what is left, and then everybody's books must be the same."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter, defaultdict
from typing import Any

import pymongo
import requests
from pymongo.database import Database

from dev.stack.addresses import ROOT
from dev.stack.stack import Stack

Json = dict[str, Any]
# An atomic block that died open holds its wallet for a minute; requeries and retries follow.
_HEAL_S = 240.0


def healed(stack: Stack) -> list[str]:
    """What is still open when the clock has had its time; empty as soon as nothing is."""
    deadline = time.monotonic() + _HEAL_S
    with pymongo.MongoClient[Json](stack.addresses.mongo_uri) as client:
        while left := _left(client[stack.addresses.database]):
            if time.monotonic() > deadline:
                return left
            time.sleep(1)
    return []


def _left(database: Database[Json]) -> list[str]:
    pending = database["transactions"].find({"status": "PENDING"})
    left = [f"{row['reference']} is PENDING: {row['type']}" for row in pending]
    events = database["webhook_events"].find({"status": {"$in": ["RECEIVED", "DEAD"]}})
    return left + [f"event {row['dedupe_key']} is {row['status']}" for row in events]


def differences(stack: Stack) -> list[str]:
    """Where the vendors' books, our transactions and our ledger disagree; a sentence each."""
    books = _books(stack)
    with pymongo.MongoClient[Json](stack.addresses.mongo_uri) as client:
        database = client[stack.addresses.database]
        transactions = list(database["transactions"].find())
        entries = list(database["ledger_entries"].find())
        wallets = list(database["wallets"].find())
    vendor = _by_reference(books, transactions)
    ours = _net(transactions)
    booked, payable, balances = _ledger(entries, transactions)
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


def audited(stack: Stack) -> list[str]:
    """What `manage.py audit_ledger` and our own restatement of the invariants find."""
    wrong = []
    for program in (["manage.py", "audit_ledger", "--full"], ["-m", "tests.support.books"]):
        run = subprocess.run(
            [sys.executable, *program],
            cwd=ROOT, env=stack.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if run.returncode:
            wrong.append(f"{program[1]}: {run.stdout}{run.stderr}")
        else:
            print(run.stdout.strip())
    return wrong


def counts(stack: Stack) -> Counter[str]:
    with pymongo.MongoClient[Json](stack.addresses.mongo_uri) as client:
        rows = client[stack.addresses.database]["transactions"].find()
        return Counter(f"{row['type']} {row['status']}" for row in rows)


def references_by_key(stack: Stack) -> dict[str, list[str]]:
    """The references under each caller's key; ours is scoped as `user:type:key`."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    with pymongo.MongoClient[Json](stack.addresses.mongo_uri) as client:
        rows = client[stack.addresses.database]["transactions"]
        for row in rows.find({"idempotency_key": {"$exists": True}}):
            found[row["idempotency_key"].rsplit(":", 1)[1]].append(row["reference"])
    return found


def _books(stack: Stack) -> Json:
    answer = requests.get(f"{stack.addresses.sandbox}/control/books", timeout=30)
    answer.raise_for_status()
    books: Json = answer.json()
    return books


def _by_reference(books: Json, transactions: list[Json]) -> Counter[str]:
    """What the vendors moved under each reference of ours: in counts up, out counts down."""
    flutterwave, vtpass = books["flutterwave"], books["vtpass"]
    moved: Counter[str] = Counter(flutterwave["totals_by_tx_ref"])
    moved.subtract(flutterwave["payout_totals_by_reference"])
    ours = {row.get("provider_reference"): row["reference"] for row in transactions}
    for request_id, kobo in vtpass["delivered_by_request_id"].items():
        moved[ours.get(request_id, f"unknown {request_id}")] -= kobo
    return moved


def _net(transactions: list[Json]) -> Counter[str]:
    """What our transactions say moved, fees apart, with a reversal counted where it belongs."""
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


def _ledger(
    entries: list[Json], transactions: list[Json]
) -> tuple[Counter[str], int, Counter[Any]]:
    """By reference without fees, a reversal where it belongs; what is owed to VTpass; balances."""
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
