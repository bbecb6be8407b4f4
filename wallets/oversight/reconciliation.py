"""Reconciliation: the vendors' lists, compared object by object with what we recorded and booked.

Each night looks at a window of days that ends with the day before, because vendors change their
mind. What a vendor says is applied first; what still differs is a finding with a review case. The
work is cut into parts, one for each list and day. A run that died goes on with the next part.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.conf import settings
from pymongo.errors import PyMongoError

from payflow.kernel import clock
from payflow.kernel.errors import InvariantBroken, PayflowError, VendorUnavailable
from payflow.kernel.money import NGN, to_naira_text
from wallets import flows
from wallets.flows import MoneyFlow, Statement, StatementSource
from wallets.ledger.documents import Transaction, TransactionStatus
from wallets.ledger.targets import customer_kobo, difference
from wallets.ledger.vendor_objects import VendorObject, find_object, objects_of
from wallets.oversight import houses
from wallets.oversight.documents import Difference, ReconciliationReport, SourceTotals
from wallets.review.kinds import CaseKind
from wallets.review.selectors import subjects_in_question, subjects_with_open_case
from wallets.review.services import close_gone_cases, open_case_about
from wallets.settlement import read_booked

logger = logging.getLogger(__name__)

_KIND_PREFIX = "reconciliation_"
# A report stores this many differences. Every difference has a review case.
_MAX_NAMED_DIFFERENCES = 500
_ABSENT = "not known"
# This many questions to a vendor are open together.
_PARALLEL = 16
_BATCH = 200


class DifferenceKind(CaseKind):
    """How the records differ."""

    MISSING_HERE = (
        "missing_here",
        "The vendor moved money that belongs to nothing of ours.",
    )
    MISSING_THERE = (
        "missing_there",
        "We booked a movement that the vendor knows nothing of.",
    )
    AMOUNT_DIFFERS = (
        "amount_differs",
        "The ledger does not say what the vendor's objects add up to.",
    )
    STATUS_DIFFERS = (
        "status_differs",
        "The transaction has another status than the vendor's objects give it.",
    )
    UNREADABLE = (
        "unreadable",
        "A row of the vendor's list cannot be read. Money may have moved.",
    )
    NOT_APPLIED = (
        "not_applied",
        "What the vendor says could not be booked.",
    )
    BALANCE_DIFFERS = (
        "balance_differs",
        "Our books say that the vendor holds another amount than it does.",
    )

    @property
    def word(self) -> str:
        return _KIND_PREFIX + self.value


_WORDS = {kind.word for kind in DifferenceKind}
# After this many questions without an answer the vendor is away.
_UNANSWERED = 3


def reconcile(*, day: date, now: datetime) -> ReconciliationReport:
    """Compare the window of days that ends with `day`, and store the report of the day.

    Opens a review case for each difference. Called again after it died, it goes on with the parts
    that are not done; called again after it finished, it begins anew.
    Raises: VendorUnavailable: then the parts that were done are stored.
    """
    report = ReconciliationReport.begin(day, now)
    days = [day - timedelta(days=back) for back in range(settings.RECONCILE_DAYS)]
    for flow in flows.all_flows():
        for source in flow.sources:
            for each in days:
                name = f"{source.name} {each.isoformat()}"
                if name not in report.done:
                    part = _Part(flow, source, clock.get_lagos_day_bounds(each), now)
                    part.run()
                    _save(report, name, part, is_own_day=each == day)
    if "balances" not in report.done:
        report.done.append("balances")
        _add(report, [_describe_gap(gap) for gap in houses.find_gaps()])
    report.finish(clock.now())
    return report


def _save(report: ReconciliationReport, name: str, part: _Part, *, is_own_day: bool) -> None:
    """Store what a part found. Only the report's own day counts in its totals."""
    if is_own_day:
        report.sources.extend(part.totals.values())
    report.done.append(name)
    _add(report, part.differences)


def _add(report: ReconciliationReport, differences: list[Difference]) -> None:
    for each in differences:
        _open_case(each, report.day)
    report.difference_count += len(differences)
    room = _MAX_NAMED_DIFFERENCES - len(report.differences)
    report.differences.extend(differences[: max(room, 0)])
    report.store()


@dataclass
class _Part:
    """One list of a vendor on one day: first its rows, then what of ours was not among them."""

    flow: MoneyFlow
    source: StatementSource
    window: tuple[datetime, datetime]
    now: datetime
    differences: list[Difference] = field(default_factory=list)
    totals: dict[str, SourceTotals] = field(default_factory=dict)
    _listed: set[str] = field(default_factory=set)
    _unanswered: int = 0  # in a row
    # What has an open case of an earlier night, which closes if there is no difference any more.
    _in_question: set[str] = field(default_factory=lambda: subjects_in_question(_WORDS))

    def __post_init__(self) -> None:
        self._totals_in(NGN)

    def run(self) -> None:
        start, end = self.window
        for statement in self.source.list(start=start, end=end, now=self.now):
            self._listed.add(statement.vendor_id)
            self._compare(statement)
        with ThreadPoolExecutor(_PARALLEL) as pool:
            for known, theirs in pool.map(self._ask, self._unlisted()):
                if theirs is not None:
                    self._compare(theirs)
                elif known.moved:
                    self._differs(DifferenceKind.MISSING_THERE, known.vendor_id, known.transaction)
        for reference in self._without_object():
            self._differs(DifferenceKind.MISSING_THERE, "", reference)

    def _ask(self, known: VendorObject) -> tuple[VendorObject, Statement | None]:
        return known, self.source.find(known=known, now=self.now)

    def _unlisted(self) -> Iterator[VendorObject]:
        start, end = self.window
        ours = VendorObject.objects(
            vendor=self.flow.vendor, kind=self.source.kind, made_at__gte=start, made_at__lt=end
        )
        return (each for each in ours if each.vendor_id not in self._listed)

    def _without_object(self) -> Iterator[str]:
        """The transactions of the flow that ended on the day as a SUCCESS nobody vouches for."""
        if self.source is not self.flow.sources[0]:
            return
        start, end = self.window
        ended = Transaction.objects(completed_at__gte=start, completed_at__lt=end).only(
            "reference", "type", "status"
        )
        batch: list[str] = []
        for each in ended:
            if each.type in self.flow.types and each.status is TransactionStatus.SUCCESS:
                batch.append(each.reference)
            if len(batch) == _BATCH:
                yield from _unvouched(batch)
                batch = []
        yield from _unvouched(batch)

    def _compare(self, theirs: Statement) -> None:
        """Apply what the vendor says, and name what differs all the same."""
        if theirs.problem:
            self._differs(
                DifferenceKind.UNREADABLE, theirs.vendor_id, theirs.reference, theirs.problem
            )
            return
        totals = self._totals_in(theirs.currency)
        if theirs.has_moved:
            totals.theirs_count += 1
            totals.theirs_kobo += theirs.amount
        if not self._apply(theirs):
            return
        known = find_object(self.flow.vendor, self.source.kind, theirs.vendor_id)
        if known is not None and known.status != theirs.status and known.asked_at > self.now:
            known = self._ask_again(known)
        if known is not None:
            self._compare_books(theirs, known, totals)
        elif theirs.has_moved or theirs.may_move:
            self._differs(DifferenceKind.MISSING_HERE, theirs.vendor_id, theirs.reference)

    def _apply(self, theirs: Statement) -> bool:
        """False, with a finding if money depends on it, if it could not be applied.

        A row that needs an answer which cannot be read keeps no other row out. Raises:
        VendorUnavailable, after several rows in a row.
        """
        try:
            theirs.apply()
        except (PayflowError, InvariantBroken, PyMongoError, OverflowError) as exc:
            self._unanswered += 1 if isinstance(exc, VendorUnavailable) else 0
            if isinstance(exc, VendorUnavailable) and self._unanswered >= _UNANSWERED:
                raise
            if theirs.has_moved or theirs.may_move:
                logger.exception("%s %s is not applied", self.source.name, theirs.vendor_id)
                self._differs(
                    DifferenceKind.NOT_APPLIED, theirs.vendor_id, theirs.reference, str(exc)
                )
            return False
        self._unanswered = 0
        return True

    def _ask_again(self, known: VendorObject) -> VendorObject | None:
        """Somebody heard another status while the list was read: the next answer decides."""
        theirs = self.source.find(known=known, now=_just_after(known.asked_at))
        if theirs is not None and not theirs.problem:
            self._apply(theirs)
        return find_object(self.flow.vendor, self.source.kind, known.vendor_id)

    def _compare_books(self, theirs: Statement, known: VendorObject, totals: SourceTotals) -> None:
        ours = Transaction.objects(reference=known.transaction).first()
        if ours is None:
            self._differs(DifferenceKind.MISSING_HERE, theirs.vendor_id, known.transaction)
            return
        kind, said = _find_difference(ours)
        if theirs.has_moved and theirs.currency == ours.currency:
            totals.ours_count += 1
            totals.ours_kobo += known.amount
            totals.ledger_kobo += known.amount if kind is None else 0
        if kind is None and ours.reference in self._in_question:
            about = {theirs.vendor_id, ""}
            close_gone_cases(ours.reference, among=_WORDS, about=about, kept=set(), now=self.now)
        if kind is not None:
            self._differs(kind, theirs.vendor_id, ours.reference, said)
        elif ours.needs_review and subjects_with_open_case([ours.reference]):
            totals.known += 1
        else:
            totals.matched += 1

    def _totals_in(self, currency: str) -> SourceTotals:
        made = SourceTotals(name=self.source.name, currency=currency)
        return self.totals.setdefault(currency, made)

    def _differs(
        self, kind: DifferenceKind, vendor_id: str, reference: str, said: str = _ABSENT
    ) -> None:
        self.differences.append(
            Difference(
                kind=kind.value,
                source=self.source.name,
                reference=reference or vendor_id or self.source.name,
                vendor_id=vendor_id,
                ours=said if kind is not DifferenceKind.UNREADABLE else _ABSENT,
                theirs=said if kind is DifferenceKind.UNREADABLE else self.source.name,
            )
        )


def _just_after(moment: datetime) -> datetime:
    return moment + timedelta(milliseconds=1)


def _unvouched(references: list[str]) -> Iterator[str]:
    known = VendorObject.objects(transaction__in=references).only("transaction")
    vouched = {each.transaction for each in known}
    return (each for each in references if each not in vouched)


def _find_difference(ours: Transaction) -> tuple[DifferenceKind | None, str]:
    """How the books of a transaction differ from what its vendor objects add up to."""
    flow = flows.find_flow(ours.type)
    if flow is None:
        return None, ""
    target = flow.target(ours, objects_of(ours.reference))
    if target.status is TransactionStatus.SUCCESS and ours.status is not target.status:
        return DifferenceKind.STATUS_DIFFERS, f"{ours.status} {to_naira_text(ours.amount)}"
    try:
        booked = read_booked(ours, flow)
    except InvariantBroken as exc:
        return DifferenceKind.AMOUNT_DIFFERS, str(exc)
    if difference(target.final, booked):
        kobo = customer_kobo(booked)
        return DifferenceKind.AMOUNT_DIFFERS, f"{ours.status}, booked {to_naira_text(kobo)}"
    return None, ""


def _describe_gap(gap: houses.Gap) -> Difference:
    return Difference(
        kind=DifferenceKind.BALANCE_DIFFERS.value,
        source="balances",
        reference=gap.account,
        vendor_id="",
        ours=to_naira_text(gap.ours_kobo),
        theirs=to_naira_text(gap.theirs_kobo),
    )


def _open_case(difference: Difference, day: str) -> None:
    open_case_about(
        difference.reference,
        next(kind for kind in DifferenceKind if kind.value == difference.kind),
        vendor_id=difference.vendor_id,
        evidence={
            "day": day,
            "source": difference.source,
            "ours": difference.ours,
            "theirs": difference.theirs,
        },
        # The same difference of another night is the same fact: a person may have accepted it.
        fact=f"{difference.ours} / {difference.theirs}",
        now=clock.now(),
    )
