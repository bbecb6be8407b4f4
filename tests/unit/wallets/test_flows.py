"""The registry of flows, and their schedules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from payflow.kernel.errors import InvariantBroken
from wallets import flows
from wallets.flows import HouseAccount, MoneyFlow, Schedule, Statement
from wallets.ledger.documents import Transaction
from wallets.ledger.targets import Target
from wallets.withdrawals.kinds import WithdrawalCase

TRIAL = MoneyFlow(
    name="TRIAL",
    reference_codes={"TRIAL_ONE": "TRA", "TRIAL_TWO": "TRB"},
    vendor="trial",
    schedule=Schedule((60,)),
    requery=lambda *, reference, now: None,
    target=lambda transaction, objects: Target(status=None),
    accounts=frozenset({"float:trial"}),
    findings=(WithdrawalCase.PAID_TWICE, WithdrawalCase.AMOUNT_DIFFERS),
    requery_task="trial.requery",
)
OTHER = replace(TRIAL, name="OTHER", reference_codes={"OTHER": "OTH"}, is_credit=True)


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    flows.register(TRIAL)
    yield
    for flow in (TRIAL, OTHER):
        flows.unregister(flow)


# --- Schedules --------------------------------------------------------------------------------


@pytest.mark.parametrize("requeries, wait", [(0, 30), (1, 60), (2, 300), (3, 300), (99, 300)])
def test_the_last_wait_of_a_schedule_repeats(requeries: int, wait: int) -> None:
    assert Schedule((30, 60, 300)).wait_after(requeries) == timedelta(seconds=wait)


@pytest.mark.parametrize("base_s, wait", [(60, 90.0), (120, 180.0), (1, 1.5), (0.1, 0.15)])
def test_waits_scale_with_the_setting(settings: Any, base_s: float, wait: float) -> None:
    """A base of 60 seconds leaves them as they are."""
    settings.REQUERY_BASE_S = base_s

    assert flows.scale_wait(90) == timedelta(seconds=wait)
    assert Schedule((90,)).wait_after(5) == timedelta(seconds=wait)


# --- The registry -----------------------------------------------------------------------------


@pytest.mark.parametrize("type", ["TRIAL_ONE", "TRIAL_TWO"])
def test_a_flow_is_found_by_each_of_its_types(type: str) -> None:
    assert flows.find_flow(type) is flows.get_flow(type) is TRIAL
    assert TRIAL.types == {"TRIAL_ONE", "TRIAL_TWO"}
    assert TRIAL in flows.all_flows()


@pytest.mark.parametrize("type", ["REVERSAL", "ADJUSTMENT", "TRIAL"])
def test_other_types_have_no_flow(type: str) -> None:
    """A REVERSAL is no credit, whatever its direction."""
    assert flows.find_flow(type) is None
    assert flows.is_credit(type) is False
    with pytest.raises(LookupError) as caught:
        flows.get_flow(type)
    assert str(caught.value) == f"no flow is registered for transactions of type {type}"


def test_a_flow_says_whether_it_brings_money() -> None:
    flows.register(OTHER)

    assert flows.is_credit("OTHER") is True
    assert flows.is_credit("TRIAL_ONE") is False


def test_a_flow_that_is_registered_again_replaces_itself() -> None:
    """Its types and codes are not its own rivals."""
    newer = replace(TRIAL, requery_task="newer")

    flows.register(newer)

    assert flows.find_flow("TRIAL_ONE") is newer
    assert TRIAL not in flows.all_flows()


@pytest.mark.parametrize("codes", [{"TRIAL_TWO": "NEW"}, {"NEW": "TRB"}])
def test_two_flows_share_neither_a_type_nor_a_code(codes: dict[str, str]) -> None:
    """One of several is enough. The second flow stays unknown."""
    rival = replace(TRIAL, name="RIVAL", reference_codes={"MORE": "MOR", **codes})

    with pytest.raises(InvariantBroken) as caught:
        flows.register(rival)

    assert str(caught.value) == "flows RIVAL and TRIAL share a type or a code"
    assert rival not in flows.all_flows()
    assert flows.find_flow("MORE") is None


def test_a_flow_is_forgotten_once() -> None:
    """Another time does nothing, and the others stay."""
    flows.register(OTHER)

    for _ in range(2):
        flows.unregister(TRIAL)

    assert flows.find_flow("TRIAL_ONE") is None
    assert flows.find_flow("OTHER") is OTHER


def test_flows_of_one_vendor_come_in_the_order_of_registration() -> None:
    flows.register(OTHER)

    assert flows.flows_of_vendor("trial") == [TRIAL, OTHER]
    assert flows.flows_of_vendor("nobody") == []


def test_types_come_in_the_order_of_registration_and_then_those_without_a_flow() -> None:
    flows.register(OTHER)

    assert flows.transaction_types()[-5:] == [
        "TRIAL_ONE",
        "TRIAL_TWO",
        "OTHER",
        "REVERSAL",
        "ADJUSTMENT",
    ]


def test_a_flow_names_the_words_of_its_findings() -> None:
    assert TRIAL.finding_words == {"transfer_paid_twice", "amount_differs"}


def test_a_flow_that_registers_the_least_has_harmless_answers() -> None:
    """It reads no webhook, and has nothing to correct or to compare."""
    transaction = Transaction(reference="PFTRA1")
    before = transaction.to_mongo()

    assert TRIAL.is_credit is False
    assert TRIAL.read_event({"event": "any"}) is None
    assert TRIAL.parse_body is TRIAL.event_key_prefix is None
    assert TRIAL.if_unsent == "requeries it"
    assert list(TRIAL.sources) == []
    assert TRIAL.renamed_accounts == {"payable:bank_transfer": "gateway:flutterwave"}
    TRIAL.on_given_back(transaction)
    TRIAL.on_taken_again(transaction)
    assert transaction.to_mongo() == before


# --- What vendors say and keep ----------------------------------------------------------------


def test_a_row_that_cannot_be_read_may_have_moved_money() -> None:
    row = Statement.unreadable("9", "no amount")

    assert (row.vendor_id, row.problem) == ("9", "no amount")
    assert (row.reference, row.status, row.amount, row.currency) == ("", "", 0, "NGN")
    assert (row.has_moved, row.may_move) == (True, False)
    assert row.apply() is None


def test_a_house_account_is_registered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The later registration counts. What is in flight is nothing, unless its flow counts it."""
    before = flows.house_accounts()
    monkeypatch.setattr(flows, "_house_accounts", {each.account: each for each in before})
    old, new = (
        HouseAccount(account="float:trial", vendor="trial", read_balance=lambda: 7)
        for _ in range(2)
    )

    flows.register_house_account(old)
    flows.register_house_account(new)

    assert flows.house_accounts() == [*before, new]
    assert new.count_in_flight() == 0
