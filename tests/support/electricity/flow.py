"""The registration of this flow."""

from __future__ import annotations

from tests.support.electricity import ELECTRICITY, VENDOR, events, services
from wallets.flows import MoneyFlow, Schedule, StatementSource
from wallets.ledger.vendor_objects import ObjectKind

FLOW = MoneyFlow(
    name=ELECTRICITY,
    reference_codes={ELECTRICITY: "ELE"},
    vendor=VENDOR,
    schedule=Schedule((30, 60, 300, 3600)),
    requery=services.requery,
    target=services.find_target,
    accounts=frozenset({"float:power"}),
    # This task serves every flow; a flow with a queue for its vendor has a task for it.
    requery_task="wallets.requery",
    read_event=events.read_event,
    apply_event=events.apply_event,
    sources=[
        StatementSource(
            name="power payments",
            kind=ObjectKind.PURCHASE,
            list=services.list_statements,
            find=services.statement,
        )
    ],
)
