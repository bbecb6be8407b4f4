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
_GATEWAY, _FLOAT = "gateway:flutterwave", "float:vtpass"
_SUSPENSE, _VENDOR_FEES = "suspense:flutterwave", "expense:vendor_fees"
_DUTY = "expense:duty"


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
    """A line for each movement that any source knows, for the house's accounts, and the wallet.

    Money in is positive and money out negative. A REVERSAL counts for what it reverses. The vendor
    does not know our fees, and the customer does not see the vendor's.
    """
    books = _vendor_books(addresses.sandbox)
    vendor = _vendor_movements(books, api_transactions)
    with pymongo.MongoClient[Json](addresses.mongo_uri) as client:
        database = client[addresses.database]
        entries = list(database["ledger_entries"].find().sort([("wallet", 1), ("seq", 1)]))
        wallets = list(database["wallets"].find())
    family = {each["reference"]: _family(each) for each in api_transactions}
    moved = _sums_by_transaction(entries, family, fees=False)
    waiting = _suspense_by_transaction(entries, family)
    shown, shown_fees = _shown(api_transactions)
    fees = sum(_sums_by_transaction(entries, family, fees=True).values())
    suspense = _balance_of(_SUSPENSE, entries)
    balance = sum(wallet["balance"] for wallet in wallets)
    held = sum(wallet["held"] for wallet in wallets)
    owed = sum(wallet["owed"] for wallet in wallets)
    receivable = -sum(_balance_of(f"receivable:{wallet['_id']}", entries) for wallet in wallets)
    last = entries[-1]["balance_after"] if entries else 0
    api_balance = to_kobo(api_wallet["balance"])
    return [
        *_lines_by_reference(vendor, moved, waiting, shown),
        Line(what="Our fees", vendor=None, ledger=fees, wallet=None, api=shown_fees),
        Line(
            what="In suspense",
            vendor=sum(vendor.values()) - sum(shown.values()),
            ledger=suspense,
            wallet=None,
            api=None,
        ),
        Line(
            what="Flutterwave's fees",
            vendor=-books["flutterwave"]["fees_kobo"],
            ledger=_balance_of(_VENDOR_FEES, entries) + _balance_of(_DUTY, entries),
            wallet=None,
            api=None,
        ),
        Line(
            what="Held for us by Flutterwave",
            vendor=books["flutterwave"]["ledger_balance_kobo"],
            ledger=-_balance_of(_GATEWAY, entries),
            wallet=None,
            api=None,
        ),
        Line(
            what="Held for us by VTpass",
            vendor=books["vtpass"]["balance_kobo"],
            ledger=-_balance_of(_FLOAT, entries),
            wallet=None,
            api=None,
        ),
        Line(what="Owed by customers", vendor=None, ledger=receivable, wallet=owed, api=None),
        Line(
            what="Balance",
            vendor=sum(vendor.values()) - suspense + fees + owed,
            ledger=sum(moved.values()) + fees + owed,
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


def _lines_by_reference(vendor: Json, moved: Json, waiting: Json, shown: Json) -> Iterable[Line]:
    """One line for each reference; two if a part of the money waits in suspense."""
    for reference in sorted({*vendor, *moved, *waiting, *shown}):
        kobo, rest = moved.get(reference, 0), waiting.get(reference, 0)
        at_vendor, in_api = vendor.get(reference, 0), shown.get(reference, 0)
        if rest:
            yield Line(
                what=f"{reference} with suspense",
                vendor=at_vendor,
                ledger=kobo + rest,
                wallet=None,
                api=None,
            )
        yield Line(
            what=reference,
            vendor=None if rest else at_vendor,
            ledger=kobo,
            wallet=None,
            api=in_api,
        )


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
    """Collections, less refunds, chargebacks, payouts and deliveries, by our references.

    VTpass knows a purchase by its request_id, which the API shows as provider_reference.
    """
    banks, networks = books["flutterwave"], books["vtpass"]
    paid = {reference: -kobo for reference, kobo in banks["payout_totals_by_reference"].items()}
    ours = {each["provider_reference"]: each["reference"] for each in api_transactions}
    delivered = {
        ours.get(request_id, request_id): -kobo
        for request_id, kobo in networks["delivered_by_request_id"].items()
    }
    moved: defaultdict[str, int] = defaultdict(int)
    for part in (banks["totals_by_tx_ref"], paid, delivered):
        for reference, kobo in part.items():
            moved[reference] += kobo
    for each in banks["movements"]:
        if each["kind"] in ("refund", "chargeback") and each["currency"] == "NGN":
            moved[each["reference"]] += each["amount_kobo"]
    return dict(moved)


def _family(transaction: Json) -> str:
    """The reference that the vendor knows."""
    return str(transaction["meta"].get("reverses") or transaction["reference"])


def _reference_of(entry: Json, family: dict[str, str]) -> str:
    own = str(entry["transaction"])
    return family.get(own, own)


def _shown(api_transactions: list[Json]) -> tuple[dict[str, int], int]:
    """What the customer sees: the kobo that each reference moved without its fee, and all fees.

    The amount of a REVERSAL contains the fee of what it reverses.
    """
    moved: defaultdict[str, int] = defaultdict(int)
    fee_of = {each["reference"]: to_kobo(each["fee"]) for each in api_transactions}
    fees = 0
    for each in api_transactions:
        if each["status"] == "SUCCESS":
            reference, sign = _family(each), _sign(each)
            in_amount = fee_of[reference] if each["type"] == "REVERSAL" else 0
            moved[reference] += sign * (to_kobo(each["amount"]) - in_amount)
            fees += sign * fee_of[reference]
    return dict(moved), fees


def _sign(transaction: Json) -> int:
    """-1 if the money leaves the wallet."""
    if transaction["type"] == "REVERSAL":
        return -1 if transaction["meta"]["direction"] == "out" else 1
    return -1 if transaction["type"] in ("WITHDRAWAL", "AIRTIME", "DATA") else 1


def _balance_of(account: str, entries: list[Json]) -> int:
    """Credits of an account less its debits."""
    credited = sum(e["amount"] for e in entries if e["credit_account"] == account)
    return int(credited - sum(e["amount"] for e in entries if e["debit_account"] == account))


def _sums_by_transaction(
    entries: list[Json], family: dict[str, str], *, fees: bool
) -> dict[str, int]:
    """What each transaction gave to its customer: only its fees, or all but its fees."""
    sums: defaultdict[str, int] = defaultdict(int)
    for entry in entries:
        sides = (entry["debit_account"], entry["credit_account"])
        ours = [side.startswith(("wallet:", "receivable:")) for side in sides]
        if (_FEES in sides) is fees and ours[0] != ours[1]:
            reference = _reference_of(entry, family)
            sums[reference] += entry["amount"] * (ours[1] - ours[0])
    return dict(sums)


def _suspense_by_transaction(entries: list[Json], family: dict[str, str]) -> dict[str, int]:
    """What each transaction left in suspense."""
    sums: defaultdict[str, int] = defaultdict(int)
    for entry in entries:
        reference = _reference_of(entry, family)
        sign = (entry["credit_account"] == _SUSPENSE) - (entry["debit_account"] == _SUSPENSE)
        sums[reference] += entry["amount"] * sign
    return {reference: kobo for reference, kobo in sums.items() if kobo}
