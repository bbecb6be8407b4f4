"""Airtime that was delivered although an answer, a question or a lost write says otherwise."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from pymongo.errors import AutoReconnect

from airtime.purchases import services as purchases
from tests.support.airtime import purchases_of, reference_in
from tests.support.airtime import requery_purchase as look_at
from tests.support.customer import DELIVERED
from tests.support.customer import PENDING as STAYS_PENDING
from tests.support.networks import Networks
from tests.support.people import Customer, deliver_callback
from tests.support.staging import Worker, open_cases, staged
from wallets.ledger.documents import Transaction, TransactionStatus

_PRICE = 500_00
_LATER = timedelta(minutes=11)


def test_an_acknowledged_purchase_is_never_taken_for_one_that_was_not_sent(
    rich: Customer, networks: Networks
) -> None:
    """Answered as pending, then twice "no such request": the hold stays, and is then spent."""
    reference = reference_in(rich.buy(STAYS_PENDING))
    request_id = str(rich.transaction(reference).vendor_id)
    networks.answer_requery({"code": "015"}, {"code": "015"})
    look_at(reference, _LATER)
    look_at(reference, _LATER)
    assert rich.transaction(reference).status is TransactionStatus.PENDING
    assert (rich.wallet.balance, rich.wallet.held) == (10000_00, _PRICE)

    networks.end(request_id, "delivered")
    look_at(reference)
    assert rich.transaction(reference).status is TransactionStatus.SUCCESS
    assert (rich.wallet.balance, rich.wallet.held) == (10000_00 - _PRICE, 0)


def test_an_answer_whose_code_and_status_disagree_gives_no_money_back(
    rich: Customer, networks: Networks
) -> None:
    """016, 040 and 013 around "delivered" are unknown: the price stays held or is spent."""
    failed = []
    for code in ("016", "040", "013"):
        networks.answer(code=code, status="delivered", record="delivered")
        reference = reference_in(rich.buy())
        if rich.transaction(reference).status is TransactionStatus.FAILED:
            failed.append(code)

    assert failed == []
    assert rich.wallet.available == 10000_00 - 3 * _PRICE


def test_a_delivered_purchase_is_not_refunded_because_of_its_code(
    rich: Customer, networks: Networks
) -> None:
    """016 around "delivered", twice, returns nothing: the vendor did deliver."""
    networks.answer(code="016", status="delivered", record="delivered")
    networks.answer_requery({"code": "016", "status": "delivered"})

    reference = reference_in(rich.buy())

    purchase = networks.purchase(rich.transaction(reference).vendor_id)
    staged(purchase and purchase["status"] == "delivered", "the vendor has not delivered it")
    assert rich.transaction(reference).status in (
        TransactionStatus.PENDING,
        TransactionStatus.SUCCESS,
    )
    assert rich.wallet.available == 10000_00 - _PRICE


def test_a_customer_who_follows_the_advice_of_an_error_buys_once(
    rich: Customer, networks: Networks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is away when the vendor's answer arrives; one purchase is made and paid for."""
    real = purchases.apply

    def away(*args: Any, **kwargs: Any) -> Any:
        monkeypatch.setattr(purchases, "apply", real)
        raise AutoReconnect("away")

    monkeypatch.setattr(purchases, "apply", away)

    if rich.buy().status_code == 503:  # "retry it shortly"
        rich.buy()
    for one in purchases_of(rich):
        look_at(one.reference)

    delivered = [each for each in networks.purchases(DELIVERED) if each["status"] == "delivered"]
    assert len(delivered) <= 1
    assert rich.wallet.balance == 10000_00 - len(delivered) * _PRICE


def test_two_questions_in_the_same_moment_do_not_prove_that_a_purchase_is_absent(
    rich: Customer, networks: Networks
) -> None:
    """The hold stays until the answer was the same ten minutes later."""
    networks.fault("reset_after")
    reference = reference_in(rich.buy())
    networks.answer_requery({"code": "015"}, {"code": "015"})
    look_at(reference, _LATER)
    look_at(reference, _LATER)
    assert rich.transaction(reference).status is TransactionStatus.PENDING
    assert rich.wallet.held == _PRICE

    look_at(reference)
    assert rich.transaction(reference).status is TransactionStatus.SUCCESS
    assert rich.wallet.available == 10000_00 - _PRICE


def test_a_delivered_purchase_whose_request_id_was_lost_is_not_released_unseen(
    rich: Customer, networks: Networks, worker: Worker
) -> None:
    """After a failover that lost the id the price is not given back, or a review case names it."""
    networks.fault("reset_after")
    reference = reference_in(rich.buy())
    request_id = rich.transaction(reference).vendor_id
    purchase = networks.purchase(request_id)
    staged(purchase and purchase["status"] == "delivered", "the vendor has not delivered it")
    Transaction.objects(reference=reference).update_one(unset__vendor_id=1, unset__sent_at=1)

    look_at(reference, timedelta(minutes=2))
    body = {"type": "transaction-update", "data": {"code": "000", "requestId": request_id}}
    deliver_callback(json.dumps(body))
    worker.run()

    assert rich.wallet.available == 10000_00 - _PRICE or open_cases(reference, request_id)
