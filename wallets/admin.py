"""Support's view of money: everything to be seen, and a few things to be done by service."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from celery import current_app
from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from accounts.authentication import user_of
from payflow.kernel import clock
from payflow.kernel.money import naira_text
from payflow.kernel.tasks import publish
from wallets import selectors
from wallets.documents import ReconciliationReport, ReviewCase, Type
from wallets.models import (
    LedgerEntryRow,
    ReconciliationReportRow,
    ReviewCaseRow,
    TransactionRow,
    WalletRow,
    WebhookEventRow,
)
from wallets.services import inbox, locks, requery, review
from wallets.tasks import process_webhook_event

STAFF_LOCK = timedelta(hours=24)
_MOST_ROWS = 10_000


class BoundedPaginator(Paginator):
    """Counts to a bound only: counting millions of rows for a page of 50 helps nobody."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows[:_MOST_ROWS].count())


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows to look at, newest first. Searched by exact value, so that an index serves it."""

    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    ordering = ["-id"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def naira(field: str) -> Any:
    """A column that shows kobo as naira."""

    @admin.display(description=field.replace("_", " "), ordering=field)
    def show(row: Model) -> str:
        return naira_text(getattr(row, field))

    return show


@admin.register(WalletRow)
class WalletAdmin(ReadOnlyAdmin):
    list_display = ["id", "user_id", naira("balance"), naira("held"), "is_active", "is_locked"]
    list_filter = ["is_locked", "is_active"]
    search_fields = ["=user_id", "=id"]
    actions = ["lock", "unlock"]

    def has_lock_permission(self, request: HttpRequest) -> bool:
        return user_of(request).has_perm("wallets.lock_wallet")

    @admin.action(description="Lock for 24 hours", permissions=["lock"])
    def lock(self, request: HttpRequest, rows: QuerySet[WalletRow]) -> None:
        now = clock.now()
        for row in rows:
            locks.lock_wallet(
                wallet_id=row.id,
                reason="Locked by staff.",
                locked_by=str(request.user),
                expires_at=now + STAFF_LOCK,
                now=now,
            )
            self.log_change(request, row, "Locked for 24 hours.")
        self.message_user(request, "Locked. What is in flight still settles.")

    @admin.action(description="Unlock", permissions=["lock"])
    def unlock(self, request: HttpRequest, rows: QuerySet[WalletRow]) -> None:
        for row in rows:
            locks.unlock_wallet(wallet_id=row.id, now=clock.now())
            self.log_change(request, row, "Unlocked.")
        self.message_user(request, "Unlocked.")


@admin.register(TransactionRow)
class TransactionAdmin(ReadOnlyAdmin):
    list_display = ["reference", "type", "status", naira("amount"), "needs_review", "created_at"]
    list_filter = ["status", "type", "needs_review"]
    search_fields = ["=reference", "=provider_reference", "=user_id"]
    readonly_fields = ["history"]
    actions = ["requery"]

    def has_requery_permission(self, request: HttpRequest) -> bool:
        return user_of(request).has_perm("wallets.requery_transaction")

    @admin.action(description="Ask the vendor again", permissions=["requery"])
    def requery(self, request: HttpRequest, rows: QuerySet[TransactionRow]) -> None:
        plans = {row: requery.PLANS.get(Type(row.type)) for row in rows}
        asked = [(row, plan) for row, plan in plans.items() if plan]
        for row, plan in asked:
            publish(current_app.tasks[plan.task], reference=row.reference)
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
        naira("amount"),
        "seq",
        naira("balance_after"),
        "created_at",
    ]
    search_fields = ["=transaction", "=wallet"]


@admin.register(WebhookEventRow)
class WebhookEventAdmin(ReadOnlyAdmin):
    list_display = ["dedupe_key", "status", "attempts", "reference", "last_error", "received_at"]
    list_filter = ["status", "provider"]
    search_fields = ["=reference", "=dedupe_key"]
    actions = ["replay"]

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return user_of(request).has_perm("wallets.replay_event")

    @admin.action(description="Replay dead events", permissions=["replay"])
    def replay(self, request: HttpRequest, rows: QuerySet[WebhookEventRow]) -> None:
        replayed = [row for row in rows if inbox.replay(event_id=row.id, now=clock.now())]
        for row in replayed:
            publish(process_webhook_event, event_id=str(row.id))
            self.log_change(request, row, "Replayed.")
        self.message_user(request, f"{len(replayed)} replayed; the rest were not dead.")


@admin.register(ReconciliationReportRow)
class ReconciliationReportAdmin(ReadOnlyAdmin):
    list_display = ["day", "difference_count", "finished_at"]
    search_fields = ["=day"]
    readonly_fields = ["sources", "differences"]

    @admin.display(description="sources")
    def sources(self, row: ReconciliationReportRow) -> SafeString:
        report = ReconciliationReport.objects(pk=row.id).first()
        return format_html_join(
            "", "<div>{}: theirs {}, ours {}, ledger {}; {} matched, {} known</div>",
            ((s.name, naira_text(s.theirs_kobo), naira_text(s.ours_kobo),
              naira_text(s.ledger_kobo), s.matched, s.known) for s in report.sources),
        )  # fmt: skip

    @admin.display(description="differences")
    def differences(self, row: ReconciliationReportRow) -> SafeString:
        report = ReconciliationReport.objects(pk=row.id).first()
        return format_html_join(
            "", "<div>{} {} {}: ours {}, theirs {}</div>",
            ((d.kind, d.reference, d.provider_reference, d.ours, d.theirs)
             for d in report.differences),
        )  # fmt: skip


@admin.register(ReviewCaseRow)
class ReviewCaseAdmin(ReadOnlyAdmin):
    list_display = ["kind", "transaction", "state", "provider_reference", "created_at"]
    list_filter = ["state", "kind"]
    search_fields = ["=transaction"]
    readonly_fields = ["evidence"]
    actions = ["close"]

    def has_close_permission(self, request: HttpRequest) -> bool:
        return user_of(request).has_perm("wallets.close_reviewcase")

    @admin.display(description="evidence")
    def evidence(self, row: ReviewCaseRow) -> SafeString:
        case = ReviewCase.objects(pk=row.id).first()
        return format_html_join(
            "", "<div>{}: {}</div>", sorted(case.evidence.items()) if case else ()
        )

    @admin.action(description="Close as handled", permissions=["close"])
    def close(self, request: HttpRequest, rows: QuerySet[ReviewCaseRow]) -> None:
        for row in rows:
            review.close_case(case_id=row.id, closed_by=str(request.user), now=clock.now())
            self.log_change(request, row, "Closed.")
        self.message_user(request, "Closed.", messages.SUCCESS)
