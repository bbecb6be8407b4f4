"""The registration of this flow."""

from __future__ import annotations

from airtime import vendor
from airtime.purchases import AIRTIME, DATA, chart, events, services, statements, targets
from airtime.purchases.kinds import PurchaseCase
from wallets.flows import MoneyFlow, Schedule

FLOW = MoneyFlow(
    name=AIRTIME,
    reference_codes={AIRTIME: "AIR", DATA: "DAT"},
    vendor=vendor.VENDOR,
    # The first requery follows the call itself: services.FIRST_REQUERY_S.
    schedule=Schedule((30, 60, 120, 300, 900, 1800, 3600)),
    requery=services.requery,
    target=targets.find_target,
    findings=(
        PurchaseCase.DELIVERED_TWICE,
        PurchaseCase.DELIVERED_AFTER_FAILED,
        PurchaseCase.REVERSED_AFTER_SUCCESS,
        PurchaseCase.REFUSED_AFTER_SUCCESS,
        PurchaseCase.AMOUNT_DIFFERS,
        PurchaseCase.DEBIT_UNCLEAR,
    ),
    accounts=frozenset({chart.FLOAT_VTPASS, chart.SUSPENSE_VTPASS, chart.INCOME_COMMISSION}),
    renamed_accounts=chart.RENAMED,
    requery_task="airtime.requery",
    if_unsent="releases its hold",
    read_event=events.read_event,
    apply_event=events.apply_event,
    sources=statements.SOURCES,
)
