"""One day, three witnesses: the vendors' own lists, our transactions, our ledger.

What differs is classified and becomes a review case:

    missing_here      the vendor moved money, and we know nothing of it
    missing_there     we booked a movement that the vendor knows nothing of
    amount_differs    vendor, transaction and ledger do not name the same kobo
    status_differs    one of them says that it happened, another that it did not
    duplicate         the vendor took a second payment under one reference

A day may be reconciled any number of times; its report is replaced.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from pymongo.errors import DuplicateKeyError

from payflow.kernel import clock
from payflow.kernel.money import to_naira_text
from wallets.ledger.documents import (
    LedgerEntry,
    Transaction,
    TransactionStatus,
    TransactionType,
)
from wallets.oversight.documents import Difference, ReconciliationReport, SourceTotals
from wallets.oversight.statements import Payments, Statement, StatementSource, Transfers
from wallets.review.documents import ReviewCase
from wallets.review.services import open_case_about
from wallets.withdrawals.limits import LAGOS

# Airtime adds its own when Django starts.
SOURCES: list[StatementSource] = [Payments(), Transfers()]
# A report names so many differences; each has a review case in any event.
_NAMED = 500
_ABSENT = "not known"


def reconcile(*, day: date, now: datetime) -> ReconciliationReport:
    """The day's report is stored, and each difference is a review case.

    Raises: VendorUnavailable, and then nothing is stored.
    """
    start = datetime.combine(day, time(), LAGOS)
    window = (start, start + timedelta(days=1))
    comparisons = [_Comparison(source, window, now).run() for source in SOURCES]
    differences = [each for comparison in comparisons for each in comparison.differences]
    for each in differences:
        _open_case(each, day, now)
    report = ReconciliationReport(
        day=day.isoformat(),
        sources=[comparison.totals for comparison in comparisons],
        differences=differences[:_NAMED],
        difference_count=len(differences),
        started_at=now,
        finished_at=clock.now(),
    )
    _store(report)
    return report


def _store(report: ReconciliationReport) -> None:
    """In place of an earlier report of that day; one begun later than this one stays."""
    document = report.to_mongo()
    document.pop("_id", None)
    with suppress(DuplicateKeyError):
        ReconciliationReport._get_collection().replace_one(
            {"day": report.day, "started_at": {"$lte": report.started_at}}, document, upsert=True
        )


@dataclass
class _Comparison:
    """One source's day: first what the vendor lists, then what of ours was not on the list."""

    source: StatementSource
    window: tuple[datetime, datetime]
    now: datetime
    differences: list[Difference] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.totals = SourceTotals(name=self.source.name)
        self._listed: set[str] = set()

    def run(self) -> _Comparison:
        for statement in self.source.of_day(*self.window, self.now):
            self._listed.add(statement.vendor_id)
            ours = Transaction.objects(reference=statement.reference).first()
            self._compare(ours, statement)
        for ours in self._completed():
            if ours.vendor_id and ours.vendor_id not in self._listed:
                theirs = self.source.of_transaction(ours, self.now)
                # Read again: the vendor's word was applied to it.
                self._compare(Transaction.objects.get(pk=ours.pk), theirs)
        return self

    def _completed(self) -> Iterator[Transaction]:
        """Ours that ended on the day, by the one index; the types are told apart here."""
        start, end = self.window
        for ours in Transaction.objects(completed_at__gte=start, completed_at__lt=end):
            if ours.type in self.source.types:
                yield ours

    def _compare(self, ours: Transaction | None, theirs: Statement | None) -> None:
        booked = _booked(ours) if ours is not None else 0
        self._count(ours, theirs, booked)
        kind = _difference(ours, theirs, booked)
        if kind is None:
            self.totals.matched += 1
        elif ours is not None and theirs is not None and _is_known(theirs):
            self.totals.known += 1
        else:
            self.differences.append(self._told(kind, ours, theirs, booked))

    def _count(self, ours: Transaction | None, theirs: Statement | None, booked: int) -> None:
        if theirs is not None and theirs.status is TransactionStatus.SUCCESS:
            self.totals.theirs_count += 1
            self.totals.theirs_kobo += theirs.kobo
        # A second statement about one of ours does not make it two.
        is_its_own = ours is not None and (theirs is None or ours.vendor_id == theirs.vendor_id)
        if ours is not None and is_its_own and ours.status is TransactionStatus.SUCCESS:
            self.totals.ours_count += 1
            self.totals.ours_kobo += ours.amount
            self.totals.ledger_kobo += booked - ours.fee

    def _told(
        self, kind: str, ours: Transaction | None, theirs: Statement | None, booked: int
    ) -> Difference:
        return Difference(
            kind=kind,
            source=self.source.name,
            reference=(ours.reference if ours is not None else theirs.reference),  # type: ignore[union-attr]
            vendor_id=(
                theirs.vendor_id if theirs else str(ours.vendor_id)  # type: ignore[union-attr]
            ),
            ours=_ABSENT if ours is None
            else f"{ours.status} {to_naira_text(ours.amount)}, booked {to_naira_text(booked)}",
            theirs=_ABSENT if theirs is None else f"{theirs.status} {to_naira_text(theirs.kobo)}",
        )  # fmt: skip


def _difference(ours: Transaction | None, theirs: Statement | None, booked: int) -> str | None:
    """The kind of their disagreement; None where there is none."""
    if ours is None:
        # An attempt of nobody's that moved nothing concerns nobody.
        return "missing_here" if theirs and theirs.status is TransactionStatus.SUCCESS else None
    whole = ours.amount + ours.fee
    if booked != (whole if ours.status is TransactionStatus.SUCCESS else 0):
        return "amount_differs"
    if theirs is None:
        return "missing_there" if ours.status is TransactionStatus.SUCCESS else None
    if ours.type is TransactionType.FUNDING and theirs.vendor_id != ours.vendor_id:
        return "duplicate" if theirs.status is TransactionStatus.SUCCESS else None
    if theirs.status is not _net_status(ours):
        return "status_differs"
    if theirs.status is TransactionStatus.SUCCESS and theirs.kobo != ours.amount:
        return "amount_differs"
    return None


def _net_status(ours: Transaction) -> TransactionStatus:
    """What became of it in the end: a SUCCESS that was reversed came to nothing."""
    if (
        ours.status is TransactionStatus.SUCCESS
        and Transaction.objects(reverses=ours.reference).first()
    ):
        return TransactionStatus.FAILED
    status: TransactionStatus = ours.status
    return status


def _booked(ours: Transaction) -> int:
    entries = LedgerEntry.objects(transaction=ours.reference).only("amount")
    return sum(entry.amount for entry in entries)


def _is_known(theirs: Statement) -> bool:
    """Whether somebody was told before: paid too little, in another currency, twice, ..."""
    cases = ReviewCase.objects(transaction=theirs.reference, vendor_id=theirs.vendor_id).only(
        "kind"
    )
    return any(not case.kind.startswith("reconciliation_") for case in cases)


def _open_case(difference: Difference, day: date, now: datetime) -> None:
    open_case_about(
        difference.reference,
        f"reconciliation_{difference.kind}",
        vendor_id=difference.vendor_id,
        evidence={
            "day": day.isoformat(),
            "source": difference.source,
            "ours": difference.ours,
            "theirs": difference.theirs,
        },
        now=now,
    )
