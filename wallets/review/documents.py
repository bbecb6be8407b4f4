"""Review cases as they are stored."""

from __future__ import annotations

from mongoengine import (
    DictField,
    Document,
    StringField,
)

from payflow.kernel.fields import UtcDateTimeField


class ReviewCase(Document):
    """Something that a person has to look at; one per kind, transaction and vendor's id."""

    kind = StringField(required=True)
    transaction = StringField(required=True)
    vendor_id = StringField(required=True, default="", db_field="provider_reference")
    state = StringField(required=True, default="OPEN", choices=["OPEN", "CLOSED"])
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
