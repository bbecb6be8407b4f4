"""The admin for wallets: everything is visible, and a few actions call services."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from celery import current_app
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import connections
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from accounts.authentication import get_user
from accounts.roles import Role
from payflow.api.staff_pages import StaffPage
from payflow.kernel import clock
from payflow.kernel.money import to_naira_text
from payflow.kernel.tasks import publish
from wallets import flows
from wallets.inbox import services as inbox
from wallets.inbox.documents import EventStatus
from wallets.inbox.tasks import process_webhook_event
from wallets.ledger import locks, selectors
from wallets.ledger.documents import Lock, LockOwner, Wallet
from wallets.models import (
    LedgerEntryRow,
    ReconciliationReportRow,
    ReviewCaseRow,
    TransactionRow,
    WalletRow,
    WebhookEventRow,
)
from wallets.oversight.documents import ReconciliationReport
from wallets.review import services as review
from wallets.review.documents import CaseState, ReviewCase
from wallets.review.kinds import describe

STAFF_LOCK_DURATION = timedelta(hours=24)
_MAX_ROWS = 10_000
_MAX_RESOLUTION = 1000
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
# The choices of the filter "attention" in each list. An index serves each query.
ATTENTION_FILTERS: dict[type[Model], dict[str, Q]] = {
    WalletRow: {"locked": Q(is_locked=True)},
    TransactionRow: {
        "pending": Q(next_check_at__gt=_LONG_AGO),
        "to be reviewed": Q(needs_review=True),
        "reversals": Q(reverses__gt=""),
    },
    WebhookEventRow: {
        "dead": Q(status=EventStatus.DEAD.value),
        "unfinished": Q(status=EventStatus.RECEIVED.value),
    },
    ReviewCaseRow: {"open": Q(state=CaseState.OPEN.value)},
}


class BoundedPaginator(Paginator):
    """Counts up to a limit, because counting millions of rows takes too long."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows[:_MAX_ROWS].count())


class Attention(admin.SimpleListFilter):
    """What staff should look at. Each choice has few rows, and an index finds them all."""

    title = "attention"
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in ATTENTION_FILTERS[model_admin.model]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        wanted = ATTENTION_FILTERS[queryset.model].get(chosen) if chosen else None
        return queryset if wanted is None else queryset.filter(wanted)


class NewestRows(ChangeList):
    """Shows the newest rows only, unless staff search or filter by attention.

    Django's backend puts a computed field before each sort, so the database cannot read rows in
    the order of an index: without the limit each page would sort the whole collection.
    """

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request, exclude_parameters)
        if self.query or Attention.parameter_name in request.GET:
            return rows
        connection: Any = connections["default"]
        collection = connection.get_collection(self.opts.db_table)
        beyond = collection.find({}, {"_id": 1}).sort("_id", -1).skip(_MAX_ROWS).limit(1)
        return rows.filter(pk__gt=found["_id"]) if (found := next(beyond, None)) else rows


class ReadOnlyAdmin(StaffPage):
    """Rows to read, newest first. A search is by exact value, so that an index serves it."""

    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    ordering = ["-id"]
    list_filter = [Attention]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return NewestRows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Django's own exact search ignores case, and no index serves that."""
        if not (term := search_term.strip()):
            return queryset, False
        wanted = Q(pk__in=[])
        for name in self.search_fields:
            field: Any = self.opts.get_field(str(name))
            with suppress(ValidationError):  # the term is not an id
                wanted |= Q(**{field.name: field.to_python(term)})
        return queryset.filter(wanted), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def naira_column(field: str) -> Any:
    """A column that shows kobo as naira."""

    @admin.display(description=field.replace("_", " "), ordering=field)
    def show(row: Model) -> str:
        return to_naira_text(getattr(row, field))

    return show


@admin.register(WalletRow)
class WalletAdmin(ReadOnlyAdmin):
    list_display = [
        "id",
        "user_id",
        naira_column("balance"),
        naira_column("held"),
        naira_column("owed"),
        "is_active",
        "is_locked",
        "lock_list",
    ]
    list_filter = [Attention, "is_active"]
    search_fields = ["user_id", "id"]
    readonly_fields = ["lock_list"]
    actions = ["lock", "unlock"]

    def has_lock_permission(self, request: HttpRequest) -> bool:
        return get_user(request).has_perm("wallets.lock_wallet")

    @admin.action(description="Lock for 24 hours", permissions=["lock"])
    def lock(self, request: HttpRequest, rows: QuerySet[WalletRow]) -> None:
        now = clock.now()
        for row in rows:
            locks.lock_wallet(
                wallet_id=row.id,
                reason="Locked by staff.",
                owner=LockOwner.STAFF,
                by=str(request.user),
                until=now + STAFF_LOCK_DURATION,
                now=now,
            )
            self.log_change(request, row, "Locked for 24 hours.")
        self.message_user(request, "Locked. What has left already still settles.")

    @admin.action(description="Unlock", permissions=["lock"])
    def unlock(self, request: HttpRequest, rows: QuerySet[WalletRow]) -> None:
        """Lift what this member of staff may lift, and say what is left for others."""
        role = Role(get_user(request).role)
        for row in rows:
            wallet = locks.lift_locks(wallet_id=row.id, by_role=role, now=clock.now())
            left = "; ".join(map(_describe_lock, wallet.locks))
            done = f"Still locked, {left}" if left else "Unlocked."
            self.log_change(request, row, done)
            level = messages.WARNING if left else messages.SUCCESS
            self.message_user(request, f"{row}: {done}", level)

    @admin.display(description="locks")
    def lock_list(self, row: WalletRow) -> SafeString:
        found = Wallet.objects(pk=row.id).only("locks").first() if row.is_locked else None
        lines = found.locks if found else []
        return format_html_join("", "<div>{}</div>", ((_describe_lock(lock),) for lock in lines))


def _describe_lock(lock: Lock) -> str:
    """'by ada@example.com (staff) until 2026-01-31 14:05 UTC: Locked by staff.'"""
    whose = lock.by if lock.by == lock.owner else f"{lock.by} ({lock.owner})"
    end = f" until {lock.until:%Y-%m-%d %H:%M} UTC" if lock.until else ""
    return f"by {whose}{end}: {lock.reason}"


@admin.register(TransactionRow)
class TransactionAdmin(ReadOnlyAdmin):
    list_display = [
        "reference",
        "type",
        "status",
        naira_column("amount"),
        "needs_review",
        "created_at",
    ]
    list_filter = [Attention, "status", "type"]
    search_fields = ["reference", "vendor_id", "user_id"]
    readonly_fields = ["history"]
    actions = ["requery"]

    def has_requery_permission(self, request: HttpRequest) -> bool:
        return get_user(request).has_perm("wallets.requery_transaction")

    @admin.action(description="Ask the vendor again", permissions=["requery"])
    def requery(self, request: HttpRequest, rows: QuerySet[TransactionRow]) -> None:
        found = {row: flows.find_flow(row.type) for row in rows}
        asked = [(row, flow) for row, flow in found.items() if flow]
        for row, flow in asked:
            publish(current_app.tasks[flow.requery_task], reference=row.reference)
            self.log_change(request, row, "Asked the vendor again.")
        self.message_user(request, f"Asked about {len(asked)}; look again in a moment.")

    @admin.display(description="history")
    def history(self, row: TransactionRow) -> SafeString:
        found = selectors.find_transaction(reference=row.reference)
        lines = found.history if found else []
        return format_html_join(
            "", "<div>{} {} by {}: {}</div>",
            ((f"{c.at:%Y-%m-%d %H:%M:%S}", c.status, c.source, c.reason or "") for c in lines),
        )  # fmt: skip


@admin.register(LedgerEntryRow)
class LedgerEntryAdmin(ReadOnlyAdmin):
    list_display = [
        "transaction",
        "debit_account",
        "credit_account",
        naira_column("amount"),
        "seq",
        naira_column("balance_after"),
        "created_at",
    ]
    list_filter = []
    search_fields = ["transaction", "wallet"]


@admin.register(WebhookEventRow)
class WebhookEventAdmin(ReadOnlyAdmin):
    list_display = ["dedupe_key", "status", "attempts", "reference", "last_error", "received_at"]
    list_filter = [Attention, "status"]
    search_fields = ["reference"]
    actions = ["replay"]

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return get_user(request).has_perm("wallets.replay_event")

    @admin.action(description="Replay dead events", permissions=["replay"])
    def replay(self, request: HttpRequest, rows: QuerySet[WebhookEventRow]) -> None:
        replayed = [row for row in rows if inbox.replay(event_id=row.id, now=clock.now())]
        for row in replayed:
            publish(process_webhook_event, event_id=str(row.id))
            self.log_change(request, row, "Replayed.")
        self.message_user(request, f"{len(replayed)} replayed; the others were not dead.")


@admin.register(ReconciliationReportRow)
class ReconciliationReportAdmin(ReadOnlyAdmin):
    list_display = ["day", "difference_count", "finished_at"]
    list_filter = []
    search_fields = ["day"]
    readonly_fields = ["sources", "differences"]

    @admin.display(description="sources")
    def sources(self, row: ReconciliationReportRow) -> SafeString:
        report = ReconciliationReport.objects(pk=row.id).first()
        return format_html_join(
            "", "<div>{}: theirs {}, ours {}, ledger {}; {} matched, {} known</div>",
            ((s.name, to_naira_text(s.theirs_kobo), to_naira_text(s.ours_kobo),
              to_naira_text(s.ledger_kobo), s.matched, s.known) for s in report.sources),
        )  # fmt: skip

    @admin.display(description="differences")
    def differences(self, row: ReconciliationReportRow) -> SafeString:
        report = ReconciliationReport.objects(pk=row.id).first()
        return format_html_join(
            "", "<div>{} {} {}: ours {}, theirs {}</div>",
            ((d.kind, d.reference, d.vendor_id, d.ours, d.theirs)
             for d in report.differences),
        )  # fmt: skip


class ResolutionForm(ActionForm):
    """The list's choice of an action, and what was decided about the cases."""

    resolution = forms.CharField(required=False, label="Decision")


@admin.register(ReviewCaseRow)
class ReviewCaseAdmin(ReadOnlyAdmin):
    list_display = ["kind", "transaction", "state", "vendor_id", "created_at"]
    search_fields = ["transaction"]
    readonly_fields = ["meaning", "evidence", "history"]
    actions = ["close"]
    action_form = ResolutionForm

    def has_close_permission(self, request: HttpRequest) -> bool:
        return get_user(request).has_perm("wallets.close_reviewcase")

    @admin.display(description="meaning")
    def meaning(self, row: ReviewCaseRow) -> str:
        return describe(row.kind)

    @admin.display(description="evidence")
    def evidence(self, row: ReviewCaseRow) -> SafeString:
        case = ReviewCase.objects(pk=row.id).first()
        return format_html_join(
            "", "<div>{}: {}</div>", sorted(case.evidence.items()) if case else ()
        )

    @admin.display(description="before it was opened again")
    def history(self, row: ReviewCaseRow) -> SafeString:
        case = ReviewCase.objects(pk=row.id).first()
        return format_html_join(
            "", "<div>{} {}{}: {} {}</div>",
            ((past.state, f"{past.at:%Y-%m-%d %H:%M:%S}", f" by {past.by}" if past.by else "",
              past.resolution or "", dict(past.evidence))
             for past in (case.history if case else ())),
        )  # fmt: skip

    @admin.action(description="Close as handled", permissions=["close"])
    def close(self, request: HttpRequest, rows: QuerySet[ReviewCaseRow]) -> None:
        decided = request.POST.get("resolution", "").strip()[:_MAX_RESOLUTION]
        for row in rows:
            review.close_case(
                case_id=row.id,
                closed_by=str(request.user),
                resolution=decided or "Closed as handled.",
                now=clock.now(),
            )
            self.log_change(request, row, f"Closed. {decided}".strip())
        self.message_user(request, "Closed.", messages.SUCCESS)
