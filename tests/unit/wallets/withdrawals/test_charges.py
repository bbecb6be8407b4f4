"""Which rows of the vendor's statement are charges of no transfer, and what each says."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from wallets.flows import Statement
from wallets.flutterwave import http
from wallets.ledger.vendor_objects import ObjectKind, VendorObject
from wallets.withdrawals.charges import FLOW, find_charge, list_charges

START = datetime(2026, 1, 30, 23, tzinfo=UTC)
END = datetime(2026, 1, 31, 23, tzinfo=UTC)
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


class StatementOfTheVendor(HTTPAdapter):
    """Answers every request with these rows, and keeps what was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Any] = []
        self.asked: list[dict[str, list[str]]] = []

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        self.asked.append(parse_qs(urlsplit(str(request.url)).query))
        body = {
            "status": "success",
            "message": "Wallet statement fetched",
            "meta": {"page_info": {"total": len(self.rows), "current_page": 1, "total_pages": 1}},
            "data": self.rows,
        }
        raw = io.BytesIO(json.dumps(body).encode())
        return self.build_response(request, HTTPResponse(raw, status=200, preload_content=False))


@pytest.fixture
def vendor(settings: Any) -> Iterator[StatementOfTheVendor]:
    """The vendor's API, as far as its statement."""
    address, vendor = f"{settings.FLUTTERWAVE_BASE_URL}/wallet/statement", StatementOfTheVendor()
    adapters = http()._session.adapters
    http()._session.mount(address, vendor)
    yield vendor
    del adapters[address]


@pytest.fixture
def listed(vendor: StatementOfTheVendor) -> Callable[..., list[Statement]]:
    """The charges that are found among these rows."""

    def found(*rows: Any) -> list[Statement]:
        vendor.rows = list(rows)
        return list(list_charges(start=START, end=END, now=NOON))

    return found


def row(remarks: str = "stamp duty", at: datetime = NOON, **fields: Any) -> dict[str, Any]:
    return {
        "type": "D",
        "amount": 50,
        "currency": "NGN",
        "balance_before": 1000,
        "balance_after": 950,
        "reference": "PFWDR1",
        "date": at.isoformat(),
        "remarks": remarks,
        **fields,
    }


def test_the_statement_of_the_days_is_asked_for(vendor, listed):
    """The days in UTC that the window touches."""
    listed()

    assert vendor.asked == [
        {"from": ["2026-01-30"], "to": ["2026-01-31"], "currency": ["NGN"], "page": ["1"]}
    ]


@pytest.mark.parametrize(
    "fields, status, kobo",
    [
        ({}, "taken", 50_00),
        ({"amount": 0.01}, "taken", 1),
        ({"type": "C"}, "given back", 50_00),
    ],
)
def test_a_charge_is_what_was_taken_or_given_back(listed, fields, status, kobo):
    """It has moved money, and is named by the vendor's reference, its time and its amount."""
    (charge,) = listed(row(**fields))

    signed = kobo if status == "given back" else -kobo
    assert charge.vendor_id == f"PFWDR1:{NOON}:{signed}"
    assert (charge.reference, charge.status, charge.amount) == ("PFWDR1", status, kobo)
    assert (charge.has_moved, charge.currency, charge.problem) == (True, "NGN", "")


def test_the_same_charge_for_two_transfers_is_two(listed):
    """Also twice for one transfer, at another time or of another amount."""
    charges = listed(
        row(),
        row(reference="PFWDR2"),
        row(at=NOON + timedelta(seconds=1)),
        row(amount=51),
        row(type="C"),
    )

    assert len({each.vendor_id for each in charges}) == 5


@pytest.mark.parametrize("remarks", ["Stamp Duty", "STAMP", "duty", "electronic levy on transfer"])
def test_duty_is_known_by_the_words_of_its_row(listed, remarks):
    assert [each.amount for each in listed(row(remarks))] == [50_00]


@pytest.mark.parametrize("remarks", ["transfer", "transfer fee", "stamped", "heavyduty", ""])
def test_a_row_of_anything_else_is_no_charge(listed, remarks):
    """Other movements belong to payments, transfers and refunds."""
    assert listed(row(remarks)) == []


@pytest.mark.parametrize(
    "at, is_listed",
    [
        (START - timedelta(seconds=1), False),
        (START, True),
        (END - timedelta(seconds=1), True),
        (END, False),
    ],
)
def test_a_charge_is_listed_in_the_window_of_its_time(listed, at, is_listed):
    assert bool(listed(row(at=at))) is is_listed


def test_a_row_that_cannot_be_read_hides_no_other(listed):
    """It is a problem for a person, since money may have moved."""
    unread, charge = listed({**row(), "type": "?", "id": 7}, row())

    assert (unread.vendor_id, unread.has_moved, unread.amount) == ("7", True, 0)
    assert unread.problem.startswith('The movement cannot be read.: {"')
    assert '"PFWDR1"' in unread.problem
    assert charge.amount == 50_00


def test_a_charge_that_was_listed_once_is_believed():
    """The statement has no call for one row."""
    known = VendorObject(
        kind=ObjectKind.CHARGE,
        vendor_id="PFWDR1:x:-5000",
        named_reference="PFWDR1",
        status="taken",
        amount=50_00,
    )

    said = find_charge(known=known, now=NOON)

    assert said is not None
    assert (said.vendor_id, said.reference) == ("PFWDR1:x:-5000", "PFWDR1")
    assert (said.status, said.has_moved, said.amount) == ("taken", True, 50_00)


def test_charges_are_reconciled_by_their_list():
    """The list has its name in reports, and its kind of vendor object."""
    (source,) = FLOW.sources

    assert (source.name, source.kind) == ("flutterwave charges", ObjectKind.CHARGE)
    assert (source.list, source.find) == (list_charges, find_charge)
    assert FLOW.accounts == {"gateway:flutterwave", "expense:duty"}
    assert FLOW.reference_codes == {"CHARGE": "CHG"}
