"""The registration of this flow."""

from __future__ import annotations

from wallets.flows import MoneyFlow, Schedule
from wallets.flutterwave.webhooks import parse_body
from wallets.ledger import chart
from wallets.withdrawals import WITHDRAWAL, events, limits, services, statements, targets, vendor
from wallets.withdrawals.kinds import WithdrawalCase

FLOW = MoneyFlow(
    name=WITHDRAWAL,
    reference_codes={WITHDRAWAL: "WDR"},
    vendor=vendor.VENDOR,
    # A bank may be hours late.
    schedule=Schedule((60, 120, 300, 900, 1800, 3600)),
    requery=services.requery,
    target=targets.find_target,
    accounts=frozenset(
        {
            chart.GATEWAY_FLUTTERWAVE,
            chart.SUSPENSE_FLUTTERWAVE,
            chart.EXPENSE_VENDOR_FEES,
            chart.INCOME_FEES,
        }
    ),
    findings=(
        WithdrawalCase.AMOUNT_DIFFERS,
        WithdrawalCase.PAID_TWICE,
        WithdrawalCase.PAID_AFTER_FAILED,
        WithdrawalCase.REVERSED_AFTER_SUCCESS,
    ),
    on_given_back=limits.return_to_daily_limit,
    on_taken_again=limits.count_again,
    requery_task="wallets.requery",
    if_unsent="sends it",
    parse_body=parse_body,
    read_event=events.read_event,
    apply_event=events.apply_event,
    event_key_prefix=events.event_key_prefix,
    sources=statements.SOURCES,
)
