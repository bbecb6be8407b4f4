"""Review cases, as they are stored."""

from __future__ import annotations

from enum import StrEnum

from mongoengine import DictField, Document, EnumField, StringField

from payflow.kernel.fields import UtcDateTimeField


class CaseState(StrEnum):
    OPEN = "OPEN"
    CLOSED = "CLOSED"


class ReviewCase(Document):
    """One question for a person: one case per kind, transaction and vendor id."""

    kind = StringField(required=True)  # a CaseKind; see wallets/review/kinds.py
    transaction = StringField(required=True)  # its reference, or wallet:<id>
    vendor_id = StringField(required=True, default="", db_field="provider_reference")
    state = EnumField(CaseState, required=True, default=CaseState.OPEN)
    evidence = DictField()
    resolution = StringField()
    closed_by = StringField()
    created_at = UtcDateTimeField(required=True)
    closed_at = UtcDateTimeField()

    meta = {
        "collection": "review_cases",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["transaction", "kind", "vendor_id"], "unique": True},
            ["state", "-_id"],
        ],
    }
