"""What audits and reconciliations store."""

from __future__ import annotations

from mongoengine import (
    Document,
    EmbeddedDocument,
    EmbeddedDocumentListField,
    IntField,
    ObjectIdField,
    StringField,
)

from payflow.kernel.fields import UtcDateTimeField


class AuditCheckpoint(Document):
    """Where the last clean audit of a wallet ended; its id is the wallet's."""

    wallet = ObjectIdField(primary_key=True)
    seq = IntField(required=True)
    hash = StringField(required=True)
    balance = IntField(required=True)
    first_open = IntField(required=True)  # number of the oldest transaction that was PENDING
    audited_at = UtcDateTimeField(required=True)

    meta = {"collection": "audit_marks", "auto_create_index": False, "indexes": []}


class SourceTotals(EmbeddedDocument):
    """One vendor's list against our books: counts, and kobo of what succeeded."""

    name = StringField(required=True)
    theirs_count = IntField(required=True, default=0)
    theirs_kobo = IntField(required=True, default=0)
    ours_count = IntField(required=True, default=0)
    ours_kobo = IntField(required=True, default=0)
    ledger_kobo = IntField(required=True, default=0)
    matched = IntField(required=True, default=0)
    known = IntField(required=True, default=0)  # differs, and an older review case covers it


class Difference(EmbeddedDocument):
    """One disagreement between the vendor's list, our transactions and our ledger."""

    kind = StringField(required=True)  # see DifferenceKind in reconciliation.py
    source = StringField(required=True)
    reference = StringField(required=True)
    vendor_id = StringField(required=True, default="", db_field="provider_reference")
    ours = StringField(required=True)
    theirs = StringField(required=True)


class ReconciliationReport(Document):
    """One day in Lagos, compared between the vendors' lists, our transactions and our ledger."""

    day = StringField(required=True)  # 2026-01-31
    sources = EmbeddedDocumentListField(SourceTotals)
    differences = EmbeddedDocumentListField(Difference)  # the first of them
    difference_count = IntField(required=True, default=0)
    started_at = UtcDateTimeField(required=True)
    finished_at = UtcDateTimeField(required=True)

    meta = {
        "collection": "reconciliation_reports",
        "auto_create_index": False,
        "indexes": [{"fields": ["day"], "unique": True}],
    }
