"""The documents' collections as unmanaged models: rows that the admin reads.

Nothing here writes; the admin changes money and state through services only. A test compares
each field with its document's.
"""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django_mongodb_backend.fields import ObjectIdAutoField, ObjectIdField

from wallets import flows
from wallets.inbox.documents import EventStatus
from wallets.ledger.documents import TransactionStatus


def _choices(kind: type[StrEnum]) -> list[tuple[str, str]]:
    """Choices in code, so that a filter does not ask the database which values exist."""
    return [(each.value, each.value) for each in kind]


def _type_choices() -> list[tuple[str, str]]:
    return [(each, each) for each in flows.transaction_types()]


class WalletRow(models.Model):
    id = ObjectIdAutoField(primary_key=True, db_column="_id")
    user_id = ObjectIdField()
    currency = models.CharField(max_length=3)
    balance = models.BigIntegerField()
    held = models.BigIntegerField()
    owed = models.BigIntegerField()
    is_active = models.BooleanField()
    is_locked = models.BooleanField()
    entry_seq = models.BigIntegerField()
    entry_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "wallets"
        verbose_name = "wallet"
        permissions = [("lock_wallet", "Can lock and unlock a wallet")]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return str(self.id)


class TransactionRow(models.Model):
    id = ObjectIdAutoField(primary_key=True, db_column="_id")
    reference = models.CharField(max_length=64)
    wallet = ObjectIdField()
    user_id = ObjectIdField()
    type = models.CharField(max_length=16, choices=_type_choices)
    status = models.CharField(max_length=16, choices=_choices(TransactionStatus))
    amount = models.BigIntegerField()
    fee = models.BigIntegerField()
    requested_amount = models.BigIntegerField(null=True)
    accepted_kobo = models.BigIntegerField(null=True)
    reversed_kobo = models.BigIntegerField()
    frozen = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.TextField(null=True)
    vendor = models.CharField(max_length=32, null=True, db_column="provider")
    vendor_id = models.CharField(max_length=64, null=True, db_column="provider_reference")
    vendor_reason = models.TextField(null=True)
    reverses = models.CharField(max_length=64, null=True)
    needs_review = models.BooleanField()
    sent_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    next_check_at = models.DateTimeField(null=True)
    recheck_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "transactions"
        verbose_name = "transaction"
        permissions = [("requery_transaction", "Can ask the vendor about a transaction")]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.reference


class LedgerEntryRow(models.Model):
    id = ObjectIdAutoField(primary_key=True, db_column="_id")
    transaction = models.CharField(max_length=64)
    debit_account = models.CharField(max_length=64)
    credit_account = models.CharField(max_length=64)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    wallet = ObjectIdField()
    seq = models.BigIntegerField()
    balance_after = models.BigIntegerField()
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "ledger_entries"
        verbose_name = "ledger entry"
        verbose_name_plural = "ledger entries"
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.transaction} #{self.seq}"


class WebhookEventRow(models.Model):
    id = ObjectIdAutoField(primary_key=True, db_column="_id")
    vendor = models.CharField(max_length=32, db_column="provider")
    dedupe_key = models.CharField(max_length=200)
    raw_body = models.TextField()
    status = models.CharField(max_length=16, choices=_choices(EventStatus))
    attempts = models.IntegerField()
    last_error = models.TextField(null=True)
    note = models.TextField(null=True)
    reference = models.CharField(max_length=64, null=True)
    request_id = models.CharField(max_length=64, null=True)
    next_attempt_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "webhook_events"
        verbose_name = "webhook event"
        permissions = [("replay_event", "Can replay a dead event")]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.dedupe_key


class ReconciliationReportRow(models.Model):
    id = ObjectIdAutoField(primary_key=True, db_column="_id")
    day = models.CharField(max_length=10)
    difference_count = models.IntegerField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "reconciliation_reports"
        verbose_name = "reconciliation report"
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.day


class ReviewCaseRow(models.Model):
    id = ObjectIdAutoField(primary_key=True, db_column="_id")
    kind = models.CharField(max_length=32)
    transaction = models.CharField(max_length=64)
    vendor_id = models.CharField(max_length=64, db_column="provider_reference")
    state = models.CharField(max_length=8)
    resolution = models.TextField(null=True)
    closed_by = models.TextField(null=True)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "review_cases"
        verbose_name = "review case"
        permissions = [("close_reviewcase", "Can close a review case")]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.kind} {self.transaction}"
