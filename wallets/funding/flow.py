"""The registration of this flow."""

from __future__ import annotations

from wallets.flows import MoneyFlow, Schedule
from wallets.flutterwave.webhooks import parse_body
from wallets.funding import FUNDING, UNMATCHED, events, services, statements, targets, vendor
from wallets.funding.kinds import FundingCase
from wallets.ledger import chart

_ACCOUNTS = frozenset(
    {chart.GATEWAY_FLUTTERWAVE, chart.SUSPENSE_FLUTTERWAVE, chart.EXPENSE_VENDOR_FEES}
)

FLOW = MoneyFlow(
    name=FUNDING,
    reference_codes={FUNDING: "FUN"},
    vendor=vendor.VENDOR,
    is_credit=True,
    # A bank may be hours late.
    schedule=Schedule((60, 120, 300, 900, 1800, 3600)),
    requery=services.requery,
    target=targets.find_target,
    accounts=_ACCOUNTS,
    findings=tuple(FundingCase),
    requery_task="wallets.requery",
    parse_body=parse_body,
    read_event=events.read_event,
    apply_event=events.apply_event,
    event_key_prefix=events.event_key_prefix,
    sources=statements.SOURCES,
)

UNMATCHED_FLOW = MoneyFlow(
    name=UNMATCHED,
    reference_codes={UNMATCHED: "SUS"},
    vendor=vendor.VENDOR,
    is_credit=True,
    schedule=Schedule((3600,)),
    requery=services.requery_unmatched,
    requery_task="wallets.requery",
    target=targets.unmatched_target,
    accounts=_ACCOUNTS,
    findings=tuple(FundingCase),
)
