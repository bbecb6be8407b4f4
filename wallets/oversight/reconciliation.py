"""Reconciliation: one day, compared between the vendors' lists, our transactions and our ledger.

Each vendor statement is applied first, as if a webhook had brought it. What still differs
becomes a review case. A day may be reconciled any number of times; its report is replaced.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime

from pymongo.errors import DuplicateKeyError

from payflow.kernel import clock
from payflow.kernel.errors import InvariantBroken
from payflow.kernel.money import to_naira_text
from wallets import flows
from wallets.flows import MoneyFlow, Statement
from wallets.ledger.documents import LedgerEntry, Transaction, TransactionStatus
from wallets.oversight.documents import Difference, ReconciliationReport, SourceTotals
from wallets.review.documents import ReviewCase
from wallets.review.kinds import CaseKind
from wallets.review.services import open_case_about

_KIND_PREFIX = "reconciliation_"
# A report stores this many differences. Every difference has a review case.
_MAX_NAMED_DIFFERENCES = 500
_ABSENT = "not known"


class DifferenceKind(CaseKind):
    """How the three records differ."""

    MISSING_HERE = (
        "missing_here",
        "The vendor moved money, and no transaction of ours has its reference.",
    )
    MISSING_THERE = (
        "missing_there",
        "We booked a movement that the vendor knows nothing of.",
    )
    AMOUNT_DIFFERS = (
        "amount_differs",
        "The vendor, the transaction and the ledger do not name the same amount.",
    )
    STATUS_DIFFERS = (
        "status_differs",
        "One record says that it happened, another that it did not.",
    )
    DUPLICATE = (
        "duplicate",
        "The vendor took a second payment under one reference.",
    )

    @property
    def word(self) -> str:
        return _KIND_PREFIX + self.value


def reconcile(*, day: date, now: datetime) -> ReconciliationReport:
    """Store the day's report, and open a review case for each difference.

    Raises: VendorUnavailable, and then nothing is stored.
    """
    window = clock.get_lagos_day_bounds(day)
    comparisons = [_Comparison(flow, window, now).run() for flow in flows.listed_flows()]
    differences = [each for comparison in comparisons for each in comparison.differences]
    for each in differences:
        _open_case(each, day, now)
    report = ReconciliationReport(
        day=day.isoformat(),
        sources=[comparison.totals for comparison in comparisons],
        differences=differences[:_MAX_NAMED_DIFFERENCES],
        difference_count=len(differences),
        started_at=now,
        finished_at=clock.now(),
    )
    _store(report)
    return report


def _store(report: ReconciliationReport) -> None:
    """Replace an earlier report of that day, but not one that was begun later than this."""
    document = report.to_mongo()
    document.pop("_id", None)
    with suppress(DuplicateKeyError):
        ReconciliationReport._get_collection().replace_one(
            {"day": report.day, "started_at": {"$lte": report.started_at}}, document, upsert=True
        )


@dataclass
class _Comparison:
    """One flow's day: first the vendor's list, then what of ours was not on it."""

    flow: MoneyFlow
    window: tuple[datetime, datetime]
    now: datetime
    differences: list[Difference] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.totals = SourceTotals(name=self.flow.statement_source)
        self._listed: set[str] = set()

    def run(self) -> _Comparison:
        start, end = self.window
        for statement in self.flow.list_statements(start=start, end=end, now=self.now):
            self._listed.add(statement.vendor_id)
            ours = Transaction.objects(reference=statement.reference).first()
            self._compare(ours, statement)
        for ours in self._completed():
            if ours.vendor_id and ours.vendor_id not in self._listed:
                theirs = self.flow.find_statement(transaction=ours, now=self.now)
                # Read it again: the statement was applied to it.
                self._compare(Transaction.objects.get(pk=ours.pk), theirs)
        return self

    def _completed(self) -> Iterator[Transaction]:
        """Our transactions of this flow that ended on the day. The index has no type in it."""
        start, end = self.window
        for ours in Transaction.objects(completed_at__gte=start, completed_at__lt=end):
            if ours.type in self.flow.types:
                yield ours

    def _compare(self, ours: Transaction | None, theirs: Statement | None) -> None:
        booked = _booked_kobo(ours) if ours is not None else 0
        self._count(ours, theirs, booked)
        kind = _find_difference(ours, theirs, booked)
        if kind is None:
            self.totals.matched += 1
        elif ours is not None and theirs is not None and _is_known(theirs):
            self.totals.known += 1
        else:
            self.differences.append(self._describe(kind, ours, theirs, booked))

    def _count(self, ours: Transaction | None, theirs: Statement | None, booked: int) -> None:
        if theirs is not None and theirs.status is TransactionStatus.SUCCESS:
            self.totals.theirs_count += 1
            self.totals.theirs_kobo += theirs.amount_kobo
        # A second statement about one transaction does not count the transaction twice.
        is_its_own = ours is not None and (theirs is None or ours.vendor_id == theirs.vendor_id)
        if ours is not None and is_its_own and ours.status is TransactionStatus.SUCCESS:
            self.totals.ours_count += 1
            self.totals.ours_kobo += ours.amount
            self.totals.ledger_kobo += booked - ours.fee

    def _describe(
        self,
        kind: DifferenceKind,
        ours: Transaction | None,
        theirs: Statement | None,
        booked: int,
    ) -> Difference:
        known = ours if ours is not None else theirs
        if known is None:
            raise InvariantBroken("a difference without a transaction and without a statement")
        return Difference(
            kind=kind.value,
            source=self.flow.statement_source,
            reference=known.reference,
            vendor_id=theirs.vendor_id if theirs else str(known.vendor_id),
            ours=_ABSENT if ours is None
            else f"{ours.status} {to_naira_text(ours.amount)}, booked {to_naira_text(booked)}",
            theirs=_ABSENT if theirs is None
            else f"{theirs.status} {to_naira_text(theirs.amount_kobo)}",
        )  # fmt: skip


def _find_difference(
    ours: Transaction | None, theirs: Statement | None, booked: int
) -> DifferenceKind | None:
    """How the three records differ; None if they agree."""
    if ours is None:
        # A failed attempt under an unknown reference moved no money, so it is not a difference.
        succeeded = theirs is not None and theirs.status is TransactionStatus.SUCCESS
        return DifferenceKind.MISSING_HERE if succeeded else None
    due = ours.amount + ours.fee
    if booked != (due if ours.status is TransactionStatus.SUCCESS else 0):
        return DifferenceKind.AMOUNT_DIFFERS
    if theirs is None:
        succeeded = ours.status is TransactionStatus.SUCCESS
        return DifferenceKind.MISSING_THERE if succeeded else None
    if flows.is_credit(ours.type) and theirs.vendor_id != ours.vendor_id:
        succeeded = theirs.status is TransactionStatus.SUCCESS
        return DifferenceKind.DUPLICATE if succeeded else None
    if theirs.status is not _net_status(ours):
        return DifferenceKind.STATUS_DIFFERS
    if theirs.status is TransactionStatus.SUCCESS and theirs.amount_kobo != ours.amount:
        return DifferenceKind.AMOUNT_DIFFERS
    return None


def _net_status(ours: Transaction) -> TransactionStatus:
    """FAILED for a SUCCESS that was reversed in full, because it came to nothing."""
    is_success = ours.status is TransactionStatus.SUCCESS
    if is_success and abs(int(ours.reversed_kobo or 0)) >= ours.amount:
        return TransactionStatus.FAILED
    status: TransactionStatus = ours.status
    return status


def _booked_kobo(ours: Transaction) -> int:
    entries = LedgerEntry.objects(transaction=ours.reference).only("amount")
    return sum(entry.amount for entry in entries)


def _is_known(theirs: Statement) -> bool:
    """True if an older case covers it: paid too little, in another currency, twice, ..."""
    cases = ReviewCase.objects(transaction=theirs.reference, vendor_id=theirs.vendor_id).only(
        "kind"
    )
    return any(not case.kind.startswith(_KIND_PREFIX) for case in cases)


def _open_case(difference: Difference, day: date, now: datetime) -> None:
    open_case_about(
        difference.reference,
        next(kind for kind in DifferenceKind if kind.value == difference.kind),
        vendor_id=difference.vendor_id,
        evidence={
            "day": day.isoformat(),
            "source": difference.source,
            "ours": difference.ours,
            "theirs": difference.theirs,
        },
        now=now,
    )
