"""What audits and reconciliations store."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime

from mongoengine import (
    BooleanField,
    Document,
    EmbeddedDocument,
    EmbeddedDocumentListField,
    IntField,
    ListField,
    ObjectIdField,
    StringField,
)
from pymongo.errors import DuplicateKeyError

from payflow.kernel.fields import UtcDateTimeField
from payflow.kernel.money import NGN


class AuditCheckpoint(Document):
    """Where the last clean audit of a wallet ended; its id is the wallet's."""

    wallet = ObjectIdField(primary_key=True)
    seq = IntField(required=True)
    hash = StringField(required=True)
    balance = IntField(required=True)
    owed = IntField()  # earlier versions did not store it
    # The wallet's owner, and the number and the seal of its latest transaction. Earlier versions
    # did not store them.
    user_id = ObjectIdField()
    transaction_number = IntField()
    transaction_seal = StringField()
    first_open = IntField(required=True)  # number of the oldest transaction that was PENDING
    audited_at = UtcDateTimeField(required=True)
    # When it was last read from its first entry. Earlier versions did not store it.
    read_whole_at = UtcDateTimeField()
    # Set by an audit that found a fault: until one finds none, each begins at the first entry.
    has_fault = BooleanField()

    meta = {"collection": "audit_marks", "auto_create_index": False, "indexes": []}


class AnchorFile(Document):
    """How far a file of anchors was written, so that one that lost its end is noticed."""

    path = StringField(primary_key=True)
    size = IntField(required=True)  # in bytes, behind the last seal
    seal = StringField(required=True)
    written_at = UtcDateTimeField(required=True)

    meta = {"collection": "anchor_files", "auto_create_index": False, "indexes": []}


class SourceTotals(EmbeddedDocument):
    """One vendor's list against our books: counts, and kobo of what succeeded."""

    name = StringField(required=True)
    currency = StringField(required=True, default=NGN)
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
    """One day in Lagos, compared between the vendors' lists, our transactions and our ledger.

    It is stored after each part. `finished_at` is set at the end.
    """

    day = StringField(required=True)  # 2026-01-31
    sources = EmbeddedDocumentListField(SourceTotals)
    differences = EmbeddedDocumentListField(Difference)  # the first of them
    difference_count = IntField(required=True, default=0)
    done = ListField(StringField())  # the parts that are compared
    started_at = UtcDateTimeField(required=True)
    finished_at = UtcDateTimeField()

    meta = {
        "collection": "reconciliation_reports",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["day"], "unique": True},
            {"fields": ["finished_at"], "sparse": True},
        ],
    }

    @classmethod
    def begin(cls, day: date, now: datetime) -> ReconciliationReport:
        """The report of a run that died, to go on with; or a new one."""
        earlier = cls.objects(day=day.isoformat()).first()
        if earlier is not None and earlier.finished_at is None:
            return earlier
        return cls(pk=earlier.pk if earlier else None, day=day.isoformat(), started_at=now)

    def store(self) -> None:
        """Write the report. A run that began later than this one keeps its own."""
        document = self.to_mongo()
        document.pop("_id", None)
        with suppress(DuplicateKeyError):
            self._get_collection().replace_one(
                {"day": self.day, "started_at": {"$lte": self.started_at}}, document, upsert=True
            )

    def finish(self, now: datetime) -> None:
        setattr(self, "finished_at", now)  # noqa: B010  mypy takes the field for the value
        self.store()
