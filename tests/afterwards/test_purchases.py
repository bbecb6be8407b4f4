"""Purchases: which of two request ids an answer is about, and what is said."""

from __future__ import annotations

import pytest

from tests.support.airtime import purchase_update, reference_in, requery_purchase
from tests.support.networks import Networks
from tests.support.people import Customer, deliver_callback
from tests.support.staging import Worker, open_cases, staged
from wallets.ledger.documents import TransactionStatus
from wallets.ledger.vendor_objects import objects_of


def test_a_callback_about_the_first_request_id_asks_about_that_one(
    rich: Customer, networks: Networks, worker: Worker
) -> None:
    """085 around midnight, sent again under a second id, delivered; then the first is, too."""
    networks.answer(code="085", record="delivered")
    reference = reference_in(rich.buy())
    ids = [each.vendor_id for each in objects_of(reference)]
    staged(len(ids) == 2, f"it was sent under {ids}")
    staged(rich.transaction(reference).status is TransactionStatus.SUCCESS, "not delivered")
    first = ids[0]
    networks.end(first, "delivered")
    staged(deliver_callback(purchase_update(first)).status_code == 200, "not taken")
    worker.run()

    statuses = {each.vendor_id: each.status for each in objects_of(reference)}
    assert statuses[first] == "delivered"
    assert "delivered_twice" in open_cases(reference)


def test_a_requery_asks_about_every_request_id(
    rich: Customer, networks: Networks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is a vendor object of its own, whose status the vendor may change."""
    networks.answer(code="085")
    reference = reference_in(rich.buy())
    ids = [each.vendor_id for each in objects_of(reference)]
    staged(len(ids) == 2, f"it was sent under {ids}")
    before = len(networks.calls("requery"))
    requery_purchase(reference)

    asked = {each["reference"] for each in networks.calls("requery")[before:]}
    assert asked == set(ids)


def test_delivered_reversed_delivered_with_a_lock_in_between(
    rich: Customer, networks: Networks, worker: Worker
) -> None:
    """The wallet pays in the end, once, whatever the lock."""
    from tests.support.staging import lock_by_staff

    reference = reference_in(rich.buy())
    request_id = str(rich.transaction(reference).vendor_id)
    for status, balance in (("reversed", 10000_00), ("delivered", 9500_00)):
        networks.end(request_id, status)
        if status == "reversed":
            lock_by_staff(rich)
        requery_purchase(reference)
        assert rich.wallet.balance == balance
