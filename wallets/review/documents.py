"""Review cases, as they are stored."""

from __future__ import annotations

from enum import StrEnum

from mongoengine import (
    DictField,
    Document,
    EmbeddedDocument,
    EmbeddedDocumentListField,
    EnumField,
    StringField,
)

from payflow.kernel.fields import UtcDateTimeField


class CaseState(StrEnum):
    OPEN = "OPEN"
    CLOSED = "CLOSED"


class PastFinding(EmbeddedDocument):
    """What a case said before the same finding came again with another fact.

    CLOSED: a person had closed it (`by`, `at`, `resolution`). OPEN: nobody had, until `at`.
    """

    state = EnumField(CaseState, required=True)
    by = StringField()
    at = UtcDateTimeField(required=True)
    resolution = StringField()
    fact = StringField(required=True)
    evidence = DictField()


class ReviewCase(Document):
    """One question for a person: one case per kind, transaction and vendor id.

    `fact` tells two findings of one case apart. A case that was closed is opened again by
    another fact; `history` has what it said before.
    """

    kind = StringField(required=True)  # a CaseKind; see wallets/review/kinds.py
    transaction = StringField(required=True)  # its reference, or wallet:<id>
    vendor_id = StringField(required=True, default="", db_field="provider_reference")
    state = EnumField(CaseState, required=True, default=CaseState.OPEN)
    evidence = DictField()
    fact = StringField()  # earlier versions did not store it
    history = EmbeddedDocumentListField(PastFinding)
    resolution = StringField()  # what the person who closed it decided
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
