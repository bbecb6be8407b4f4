"""What the books should say about a purchase for ₦1,000.00, for each story of its requests.

₦990.00 of it are the airtime and ₦10.00 our fee. If the vendor says so, it cost us ₦960.00.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from airtime.clients import PurchaseVerdict
from airtime.purchases.documents import Purchase
from airtime.purchases.kinds import PurchaseCase
from airtime.purchases.targets import find_target
from tests.support.vendor_objects import NOON, make_object
from wallets.ledger.documents import Transaction, TransactionStatus
from wallets.ledger.targets import CUSTOMER, Posting
from wallets.ledger.vendor_objects import (
    Fact,
    ObjectKind,
    VendorObject,
    in_order,
)

SUCCESS, FAILED = TransactionStatus.SUCCESS, TransactionStatus.FAILED
DELIVERED_AFTER_FAILED = PurchaseCase.DELIVERED_AFTER_FAILED
DELIVERED_TWICE = PurchaseCase.DELIVERED_TWICE
REVERSED_AFTER_SUCCESS = PurchaseCase.REVERSED_AFTER_SUCCESS
REFUSED_AFTER_SUCCESS = PurchaseCase.REFUSED_AFTER_SUCCESS
AMOUNT_DIFFERS = PurchaseCase.AMOUNT_DIFFERS
DEBIT_UNCLEAR = PurchaseCase.DEBIT_UNCLEAR

NOT_COMPLETED = "The purchase could not be completed. Your money is back in your wallet."
TAKEN_BACK = "The network took this purchase back. The money is back in your wallet."
DELIVERED_AFTER_ALL = "The network delivered this purchase after all."


def purchase() -> Transaction:
    return Transaction(
        reference="PFAIR1",
        type="AIRTIME",
        amount=990_00,
        fee=10_00,
        currency="NGN",
        order=Purchase(service_id="mtn", phone="08031234567", absences=2),
    )


def request(
    vendor_id: str,
    *statuses: str,
    debited: int | None = 960_00,
    kind: ObjectKind = ObjectKind.PURCHASE,
    **details: Any,
) -> VendorObject:
    """The object after the vendor named these verdicts, an hour apart."""
    facts = [
        Fact(
            vendor="vtpass",
            kind=kind,
            vendor_id=vendor_id,
            status=status,
            amount=990_00,
            made_at=NOON + timedelta(minutes=int(vendor_id)),
            details={"debited_kobo": debited, **details},
        )
        for status in statuses
    ]
    return make_object(facts, "PFAIR1")


ORDER = Posting(CUSTOMER, "float:vtpass", 1000_00)


def earned(kobo: int) -> Posting:
    return Posting("float:vtpass", "income:commission", kobo)


def overcharged(kobo: int) -> Posting:
    return Posting("income:commission", "float:vtpass", kobo)


def lost(kobo: int) -> Posting:
    return Posting("suspense:vtpass", "float:vtpass", kobo)


@dataclass(frozen=True, kw_only=True)
class Story:
    """What was heard, and the target that follows."""

    heard: Sequence[VendorObject]
    status: TransactionStatus | None
    first: list[Posting] = field(default_factory=list)
    final: list[Posting] = field(default_factory=list)
    findings: list[tuple[PurchaseCase, str]] = field(default_factory=list)


def delivered(*heard: VendorObject, **fields: Any) -> Story:
    """A story whose customer got the airtime."""
    given = {"final": [ORDER, earned(40_00)], **fields}
    return Story(heard=heard, status=SUCCESS, first=[ORDER], **given)


def taken_back(*heard: VendorObject, **fields: Any) -> Story:
    """A story whose customer got the airtime once, and whose wallet has the money again."""
    return Story(heard=heard, status=SUCCESS, first=[ORDER], **fields)


def refused(*heard: VendorObject) -> Story:
    return Story(heard=heard, status=FAILED)


def undecided(*heard: VendorObject) -> Story:
    return Story(heard=heard, status=None)


STORIES = {
    "nothing was heard": undecided(),
    "sent": undecided(request("1", "sent")),
    "unknown": undecided(request("1", "sent", "unknown")),
    "delivered": delivered(request("1", "delivered")),
    "delivered, after it was unknown": delivered(request("1", "sent", "unknown", "delivered")),
    "delivered, and unknown since": delivered(request("1", "delivered", "unknown")),
    "refused": refused(request("1", "refused")),
    "failed": refused(request("1", "sent", "failed")),
    "absent, and unknown since": refused(request("1", "absent", "unknown")),
    "unknown, and absent since": refused(request("1", "unknown", "absent")),
    # The vendor changes its mind
    "reversed before it was delivered": refused(request("1", "reversed")),
    "delivered, then reversed": taken_back(
        request("1", "delivered", "reversed"), findings=[(REVERSED_AFTER_SUCCESS, "1")]
    ),
    "delivered, then failed": taken_back(
        request("1", "delivered", "failed"), findings=[(REVERSED_AFTER_SUCCESS, "1")]
    ),
    "delivered, then reversed, and unknown since": taken_back(
        request("1", "delivered", "reversed", "unknown"),
        findings=[(REVERSED_AFTER_SUCCESS, "1")],
    ),
    "delivered, then reversed, then refused": taken_back(
        request("1", "delivered", "reversed", "refused"),
        findings=[(REVERSED_AFTER_SUCCESS, "1")],
    ),
    "delivered, then reversed, then delivered": delivered(
        request("1", "delivered", "reversed", "delivered")
    ),
    "failed, then delivered": delivered(
        request("1", "failed", "delivered"), findings=[(DELIVERED_AFTER_FAILED, "1")]
    ),
    "absent, then unknown, then delivered": delivered(
        request("1", "absent", "unknown", "delivered"),
        findings=[(DELIVERED_AFTER_FAILED, "1")],
    ),
    "failed, then delivered, then reversed": taken_back(
        request("1", "failed", "delivered", "reversed"),
        findings=[(DELIVERED_AFTER_FAILED, "1"), (REVERSED_AFTER_SUCCESS, "1")],
    ),
    # An answer that contradicts a delivery, and changes nothing
    "delivered, then refused": delivered(
        request("1", "delivered", "refused"), findings=[(REFUSED_AFTER_SUCCESS, "1")]
    ),
    "delivered, then absent": delivered(
        request("1", "delivered", "absent"), findings=[(REFUSED_AFTER_SUCCESS, "1")]
    ),
    "delivered, then refused, and unknown since": delivered(
        request("1", "delivered", "refused", "unknown"),
        findings=[(REFUSED_AFTER_SUCCESS, "1")],
    ),
    "delivered, then refused, then delivered": delivered(
        request("1", "delivered", "refused", "delivered")
    ),
    # What it cost
    "the vendor does not say what it took": delivered(
        request("1", "delivered", debited=None),
        final=[ORDER],
        findings=[(DEBIT_UNCLEAR, "1")],
    ),
    "the vendor says that it took nothing": delivered(
        request("1", "delivered", debited=0), final=[ORDER], findings=[(DEBIT_UNCLEAR, "1")]
    ),
    "the vendor says that it took less than nothing": delivered(
        request("1", "delivered", debited=-1), final=[ORDER], findings=[(DEBIT_UNCLEAR, "1")]
    ),
    "the vendor took one kobo": delivered(
        request("1", "delivered", debited=1), final=[ORDER, earned(999_99)]
    ),
    "the vendor took the price": delivered(
        request("1", "delivered", debited=1000_00), final=[ORDER]
    ),
    "the vendor took one kobo less than the price": delivered(
        request("1", "delivered", debited=999_99), final=[ORDER, earned(1)]
    ),
    "the vendor took more than the price": delivered(
        request("1", "delivered", debited=1000_01), final=[ORDER, overcharged(1)]
    ),
    "the vendor took almost twice the price": delivered(
        request("1", "delivered", debited=1999_99), final=[ORDER, overcharged(999_99)]
    ),
    "the vendor took twice the price": delivered(
        request("1", "delivered", debited=2000_00),
        final=[ORDER],
        findings=[(DEBIT_UNCLEAR, "1")],
    ),
    # What the vendor delivered
    "the vendor names our amount": delivered(request("1", "delivered", echoed_kobo=990_00)),
    "the vendor names another amount": delivered(
        request("1", "delivered", echoed_kobo=1000_00), findings=[(AMOUNT_DIFFERS, "1")]
    ),
    "the vendor names no amount of what it delivered": delivered(
        request("1", "delivered", echoed_kobo=0), findings=[(AMOUNT_DIFFERS, "1")]
    ),
    "the vendor names another amount of what it refused": refused(
        request("1", "refused", echoed_kobo=1000_00, debited=None)
    ),
    # Two request ids
    "absent, and the second request is unknown": undecided(
        request("1", "absent"), request("2", "unknown")
    ),
    "unknown, and the second request is refused": undecided(
        request("1", "unknown"), request("2", "refused")
    ),
    "absent, and the second request is refused": refused(
        request("1", "absent"), request("2", "refused")
    ),
    "absent, and the second request is delivered": delivered(
        request("1", "absent"), request("2", "delivered")
    ),
    "unknown, and the second request is delivered": delivered(
        request("1", "unknown"), request("2", "delivered")
    ),
    "absent, and the second request is delivered at an unclear cost": delivered(
        request("1", "absent"),
        request("2", "delivered", debited=None),
        final=[ORDER],
        findings=[(DEBIT_UNCLEAR, "2")],
    ),
    "both requests are delivered": delivered(
        request("1", "delivered"),
        request("2", "delivered", debited=955_00),
        final=[ORDER, earned(40_00), lost(955_00)],
        findings=[(DELIVERED_TWICE, "2")],
    ),
    "both requests are delivered, and the cost of the second is unclear": delivered(
        request("1", "delivered"),
        request("2", "delivered", debited=None),
        final=[ORDER, earned(40_00), lost(1000_00)],
        findings=[(DELIVERED_TWICE, "2"), (DEBIT_UNCLEAR, "2")],
    ),
    "three requests are delivered": delivered(
        request("1", "delivered"),
        request("2", "delivered"),
        request("3", "delivered"),
        final=[ORDER, earned(40_00), lost(960_00), lost(960_00)],
        findings=[(DELIVERED_TWICE, "2"), (DELIVERED_TWICE, "3")],
    ),
    "the first request is reversed, and the second is delivered": delivered(
        request("1", "delivered", "reversed"),
        request("2", "delivered", debited=955_00),
        final=[ORDER, earned(45_00)],
        findings=[(REVERSED_AFTER_SUCCESS, "1")],
    ),
    "both requests are reversed": taken_back(
        request("1", "delivered", "reversed"),
        request("2", "delivered", "failed"),
        findings=[(REVERSED_AFTER_SUCCESS, "1"), (REVERSED_AFTER_SUCCESS, "2")],
    ),
    "all that a person may have to decide": delivered(
        request("1", "refused", "delivered", "refused", echoed_kobo=1, debited=None),
        final=[ORDER],
        findings=[
            (DELIVERED_AFTER_FAILED, "1"),
            (REFUSED_AFTER_SUCCESS, "1"),
            (AMOUNT_DIFFERS, "1"),
            (DEBIT_UNCLEAR, "1"),
        ],
    ),
    # Other objects
    "a vendor object of another kind": undecided(
        request("1", "delivered", kind=ObjectKind.TRANSFER)
    ),
}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_the_books_follow_the_requests(story):
    """The first delivery is the customer's; a second one is ours to recover."""
    target = find_target(purchase(), story.heard)

    assert list(target.first) == story.first
    assert list(target.final) == story.final
    assert [(each.kind, each.vendor_id) for each in target.findings] == story.findings
    assert target.frozen_kobo == 0


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_the_status_follows_the_requests(story):
    """SUCCESS once one was delivered, FAILED once the vendor has refused all of them."""
    target = find_target(purchase(), story.heard)

    assert target.status == story.status
    assert (target.taken_back, target.given_back) == (DELIVERED_AFTER_ALL, TAKEN_BACK)
    assert bool(target.fields) is (story.status is FAILED)
    assert bool(target.reason) is (story.status is FAILED)
    assert target.vendor_id is None


REFUSALS = {
    "refused": "purchase_refused",
    "duplicate": "purchase_refused",
    "failed": "purchase_failed",
    "reversed": "purchase_failed",
    "absent": "vendor_unavailable",
    "not_sent": "vendor_unavailable",
    "our_fault": "vendor_unavailable",
    "product_off": "vendor_unavailable",
    "bad_request_id": "vendor_unavailable",
    "no_float": "vendor_low_balance",
}


@pytest.mark.parametrize("status, code", REFUSALS.items())
def test_the_order_keeps_the_error_code_that_its_customer_gets(status, code):
    """The rest of the order stays, and the transaction itself is not changed."""
    transaction = purchase()

    target = find_target(transaction, [request("1", "sent", status)])

    assert target.status is FAILED
    order = target.fields["order"]
    assert order.refusal == code
    assert (order.service_id, order.phone, order.absences) == ("mtn", "08031234567", 2)
    assert transaction.order.refusal is None


def test_every_verdict_delivers_refuses_or_decides_nothing():
    """A new verdict must be added here."""
    assert {verdict.value for verdict in PurchaseVerdict} == {*REFUSALS, "delivered", "unknown"}


def test_the_error_code_is_that_of_the_last_request_and_of_its_latest_no():
    """An answer that decides nothing does not take back a no."""
    heard = [request("1", "failed"), request("2", "refused", "no_float", "unknown")]

    assert find_target(purchase(), heard).fields["order"].refusal == "vendor_low_balance"


@pytest.mark.parametrize(
    "heard, reason, vendor_reason",
    [
        ([], None, None),
        ([request("1", "unknown", reason="Wait.", vendor_reason="P1")], None, None),
        ([request("1", "delivered", reason="Done.", vendor_reason="OK")], None, None),
        ([request("1", "failed")], NOT_COMPLETED, None),
        ([request("1", "failed", reason="")], NOT_COMPLETED, None),
        ([request("1", "failed", reason="No.", vendor_reason="F1")], "No.", "F1"),
        (
            [
                request("1", "absent", reason="Not there.", vendor_reason="A1"),
                request("2", "failed", reason="No.", vendor_reason="F1"),
            ],
            "No.",
            "F1",
        ),
    ],
)
def test_the_customer_and_support_read_why_a_purchase_failed(heard, reason, vendor_reason):
    """The words of the last request; only a FAILED purchase has any."""
    target = find_target(purchase(), heard)

    assert (target.reason, target.vendor_reason) == (reason, vendor_reason)


@pytest.mark.parametrize(
    "details, theirs, words",
    [({}, None, ""), ({"echoed_kobo": 1, "vendor_reason": "OK"}, 1, "OK")],
)
def test_a_finding_shows_our_amount_and_what_the_vendor_says(details, theirs, words):
    """The amount without our fee, as the vendor is asked for it."""
    heard = [request("1", "delivered", "refused", **details)]

    finding = find_target(purchase(), heard).findings[0]

    assert finding.evidence == {
        "ours_kobo": 990_00,
        "theirs_kobo": theirs,
        "debited_kobo": 960_00,
        "vendor_status": "refused",
        "vendor_reason": words,
        "times": 1,
    }


def test_requests_in_any_order_have_one_target():
    """The order of sending decides which delivery is the second, not the order of hearing."""
    heard = [
        request("1", "absent", "delivered"),
        request("2", "delivered"),
        request("3", "delivered", "reversed"),
        request("4", "unknown"),
    ]
    expected = find_target(purchase(), heard)

    assert expected.findings[0].vendor_id == "2"
    for order in permutations(heard):
        assert find_target(purchase(), in_order(order)) == expected
