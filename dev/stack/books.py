"""The proof that no kobo was created or lost: four independent sources must agree.

The vendor (its books), the ledger (the sum of its entries), the wallet document (the balance
that debits are checked against) and the API (the amounts that the customer sees). Ledger and
wallet are read with plain PyMongo, without any code of the application.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pymongo
import requests
from rich import box
from rich.table import Table

from dev.stack.addresses import Addresses
from payflow.kernel.money import to_kobo, to_naira_text

Json = dict[str, Any]
_FEES = "income:fees"
_VTPASS = "payable:vtpass"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One amount in kobo from each source; None if a source cannot know it."""

    what: str
    vendor: int | None
    ledger: int | None
    wallet: int | None
    api: int | None

    @property
    def amounts_kobo(self) -> tuple[int | None, ...]:
        return (self.vendor, self.ledger, self.wallet, self.api)

    @property
    def agrees(self) -> bool:
        return len({kobo for kobo in self.amounts_kobo if kobo is not None}) == 1


def compare(addresses: Addresses, *, api_wallet: Json, api_transactions: list[Json]) -> list[Line]:
    """One line for each movement that any source knows, then fees and the whole wallet.

    Money in is positive and money out negative. The vendor does not know our fees.
    """
    books = _vendor_books(addresses.sandbox)
    vendor = _vendor_movements(books, api_transactions)
    with pymongo.MongoClient[Json](addresses.mongo_uri) as client:
        database = client[addresses.database]
        entries = list(database["ledger_entries"].find().sort([("wallet", 1), ("seq", 1)]))
        wallets = list(database["wallets"].find())
    moved = _sums_by_transaction(entries, fees=False)
    fees = sum(_sums_by_transaction(entries, fees=True).values())
    settled = [each for each in api_transactions if each["status"] == "SUCCESS"]
    shown = {each["reference"]: _signed(each) for each in settled}
    lines = [
        Line(
            what=reference,
            vendor=vendor.get(reference, 0),
            ledger=moved.get(reference, 0),
            wallet=None,
            api=shown.get(reference, 0),
        )
        for reference in sorted({*vendor, *moved, *shown})
    ]
    balance = sum(wallet["balance"] for wallet in wallets)
    held = sum(wallet["held"] for wallet in wallets)
    last = entries[-1]["balance_after"] if entries else 0
    api_balance = to_kobo(api_wallet["balance"])
    paid_fees = -sum(to_kobo(each["fee"]) for each in settled)
    return [
        *lines,
        Line(what="Fees", vendor=None, ledger=fees, wallet=None, api=paid_fees),
        Line(
            what="Owed to VTpass",
            vendor=books["vtpass"]["debited_kobo"],
            ledger=_balance_of(_VTPASS, entries),
            wallet=None,
            api=None,
        ),
        Line(
            what="Balance",
            vendor=sum(vendor.values()) + fees,
            ledger=sum(moved.values()) + fees,
            wallet=balance,
            api=api_balance,
        ),
        Line(
            what="Last ledger entry's balance",
            vendor=None,
            ledger=last,
            wallet=balance,
            api=api_balance,
        ),
        Line(what="Held", vendor=None, ledger=None, wallet=held, api=to_kobo(api_wallet["held"])),
    ]


def table_of(lines: Iterable[Line]) -> Table:
    table = Table(
        title="The books of every source, in naira",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
    )
    table.add_column("", overflow="fold")
    for witness in ("Vendor", "Ledger", "Wallet", "API"):
        table.add_column(witness, justify="right")
    table.add_column("")
    for line in lines:
        cells = ["" if kobo is None else to_naira_text(kobo) for kobo in line.amounts_kobo]
        verdict = "[green]agree[/green]" if line.agrees else "[red]DIFFER[/red]"
        table.add_row(line.what, *cells, verdict)
    return table


def _vendor_books(sandbox: str) -> Json:
    """Both vendors' books, by vendor."""
    answer = requests.get(f"{sandbox}/control/books", timeout=10)
    answer.raise_for_status()
    found: Json = answer.json()
    return found


def _vendor_movements(books: Json, api_transactions: list[Json]) -> dict[str, int]:
    """Collections, less payouts and deliveries, by our references.

    VTpass knows a purchase by its request_id, which the API shows as provider_reference.
    """
    banks, networks = books["flutterwave"], books["vtpass"]
    paid = {reference: -kobo for reference, kobo in banks["payout_totals_by_reference"].items()}
    ours = {each["provider_reference"]: each["reference"] for each in api_transactions}
    delivered = {
        ours.get(request_id, request_id): -kobo
        for request_id, kobo in networks["delivered_by_request_id"].items()
    }
    return {**banks["totals_by_tx_ref"], **paid, **delivered}


def _signed(transaction: Json) -> int:
    """The amount in the API, negative if the money leaves the wallet."""
    kobo = to_kobo(transaction["amount"])
    return -kobo if transaction["type"] in ("WITHDRAWAL", "AIRTIME", "DATA") else kobo


def _balance_of(account: str, entries: list[Json]) -> int:
    """Credits of an account less its debits."""
    credited = sum(e["amount"] for e in entries if e["credit_account"] == account)
    return int(credited - sum(e["amount"] for e in entries if e["debit_account"] == account))


def _sums_by_transaction(entries: list[Json], *, fees: bool) -> dict[str, int]:
    """The change of the wallets by each transaction: only its fees, or all but its fees."""
    sums: defaultdict[str, int] = defaultdict(int)
    for entry in entries:
        account = f"wallet:{entry['wallet']}"
        sides = (entry["debit_account"], entry["credit_account"])
        if (_FEES in sides) is fees:
            sums[entry["transaction"]] += entry["amount"] * (1 if sides[1] == account else -1)
    return dict(sums)
