"""Vendor objects: each payment, transfer, purchase, refund and chargeback at a vendor, kept once.

Webhooks, requeries, redirects and reconciliation all record what the vendor's API said. What is
recorded does not depend on the order in which it is heard: the answer to the latest question
counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import Any

from mongoengine import (
    DictField,
    Document,
    EmbeddedDocument,
    EmbeddedDocumentListField,
    EnumField,
    IntField,
    MapField,
    StringField,
)
from pymongo.errors import DuplicateKeyError

from payflow.kernel.documents import find_all, find_one, update_one
from payflow.kernel.fields import UtcDateTimeField
from payflow.kernel.money import NGN
from wallets.ledger.documents import ChangeSource

# The status of an order that was sent, before the vendor has said anything about it.
SENT = "sent"
# When the vendor named its own time for the object, in details_at.
_MADE_AT = "made_at"
# The vendor said again what it had said.
_NO_NEWS = {"asked_at", "details_at", "history"}
# An object whose status changes more often than this has lost the middle of its history.
_MAX_SIGHTINGS = 50


class ObjectKind(StrEnum):
    PAYMENT = "payment"
    TRANSFER = "transfer"
    PURCHASE = "purchase"
    REFUND = "refund"
    CHARGEBACK = "chargeback"
    CHARGE = "charge"  # a row of the vendor's statement that belongs to none of the others


class Sighting(EmbeddedDocument):
    """A status that the vendor named, and when it was asked."""

    status = StringField(required=True)
    at = UtcDateTimeField(required=True)
    source = EnumField(ChangeSource, required=True)


class VendorObject(Document):
    """One object at a vendor, as its API describes it. Amounts in hundredths of its currency."""

    vendor = StringField(required=True)
    kind = EnumField(ObjectKind, required=True)
    vendor_id = StringField(required=True)
    transaction = StringField(required=True)  # our reference: the transaction it belongs to
    named_reference = StringField()  # the reference that the vendor has for it
    payment_id = StringField()  # of a refund or a chargeback: the vendor id of its payment
    status = StringField(required=True)
    amount = IntField(required=True, default=0)
    fee = IntField(required=True, default=0)
    # The highest amount that came with each status: a vendor may correct one afterwards.
    highest = MapField(IntField())
    currency = StringField(required=True, default=NGN)
    made_at = UtcDateTimeField()  # the vendor's time
    due_at = UtcDateTimeField()
    asked_at = UtcDateTimeField(required=True)  # when the vendor was last asked
    history = EmbeddedDocumentListField(Sighting)
    # What a webhook claimed as final while the API said otherwise: asked again until they agree.
    claimed = StringField()
    claimed_at = UtcDateTimeField()
    # What else the vendor said, and when it was asked for each: an answer may leave a part out.
    details = DictField()
    details_at = MapField(UtcDateTimeField())

    meta = {
        "collection": "vendor_objects",
        "auto_create_index": False,
        "indexes": [
            {"fields": ["vendor", "kind", "vendor_id"], "unique": True},
            ["transaction"],
            ["vendor", "kind", "made_at"],  # the reconciliation of a day
            ["kind", "status"],  # what is not decided
            ["kind", "asked_at"],  # what was not asked about for days
        ],
    }

    @property
    def moved(self) -> bool:
        """True if money has moved for it: then the vendor must know it."""
        return self.was("successful", "completed", "lost", "delivered")

    def latest(self, *statuses: str) -> str:
        """The latest of these statuses that the vendor named; the present one if it named none.

        An answer that decides nothing does not take back an earlier one that did.
        """
        named = [each.status for each in self.history if each.status in statuses]
        return str(named[-1] if named else self.status)

    def times(self, *statuses: str) -> int:
        """How often the vendor came to the latest of these statuses. A return is another time."""
        named = [each.status for each in self.history if each.status in statuses]
        return sum(status == named[-1] for status, _ in groupby(named))

    def was(self, *statuses: str) -> bool:
        """True if the vendor has ever named one of these statuses."""
        return self.status in statuses or any(each.status in statuses for each in self.history)


@dataclass(frozen=True, kw_only=True)
class Fact:
    """What the vendor's API says about one object. Amounts in hundredths of its currency."""

    vendor: str
    kind: ObjectKind
    vendor_id: str
    status: str
    amount: int = 0
    fee: int = 0
    currency: str = NGN
    named_reference: str | None = None
    payment_id: str | None = None
    made_at: datetime | None = None
    due_at: datetime | None = None
    details: dict[str, Any] = field(default_factory=dict)


def objects_of(reference: str) -> list[VendorObject]:
    """The vendor objects of one transaction, in the order in which the vendor made them."""
    return in_order(find_all(VendorObject, {"transaction": reference}))


def in_order(objects: Iterable[VendorObject]) -> list[VendorObject]:
    """The same order for the same objects, however they were heard of.

    By the times at which they were made, if each came with one, else by their ids: vendors count
    them up.
    """
    known = list(objects)
    are_timed = all(_MADE_AT in each.details_at for each in known)
    return sorted(
        known,
        key=lambda each: (
            each.made_at.timestamp() if are_timed else 0.0,
            len(each.vendor_id),
            each.vendor_id,
        ),
    )


def find_object(vendor: str, kind: ObjectKind, vendor_id: str) -> VendorObject | None:
    key = {"vendor": vendor, "kind": kind.value, "vendor_id": vendor_id}
    return find_one(VendorObject, key)


def record(
    fact: Fact,
    known: VendorObject | None,
    *,
    transaction: str,
    source: ChangeSource,
    asked_at: datetime,
) -> tuple[VendorObject, bool]:
    """Keep what the vendor said when it was asked at `asked_at`; and whether that is news.

    `known` is the stored object, read in the same atomic block. An answer to an earlier question
    only adds to the history.
    """
    asked_at = _stored(asked_at) or asked_at
    if known is None:
        return _insert(first_sight(fact, transaction, source, asked_at)), True
    before = known.to_mongo().to_dict()
    hear(known, fact, source, asked_at)
    after = known.to_mongo().to_dict()
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    if changed:
        gone = dict.fromkeys(changed - set(after), 1)
        update_one(
            VendorObject,
            {"_id": known.pk},
            {"$set": {name: after[name] for name in changed & set(after)}}
            | ({"$unset": gone} if gone else {}),
        )
    is_news = bool(changed - _NO_NEWS) or _statuses(before) != _statuses(after)
    return known, is_news


def _statuses(row: Mapping[str, Any]) -> list[str]:
    """The statuses in their order, without repetitions."""
    return [status for status, _ in groupby(each["status"] for each in row["history"])]


def first_sight(
    fact: Fact, transaction: str, source: ChangeSource, asked_at: datetime
) -> VendorObject:
    """A new object, in memory."""
    details = _known(fact.details)
    details_at = dict.fromkeys(details, asked_at)
    if fact.made_at is not None:
        details_at[_MADE_AT] = asked_at
    return VendorObject(
        transaction=transaction,
        asked_at=asked_at,
        history=[Sighting(status=fact.status, at=asked_at, source=source)],
        details=details,
        details_at=details_at,
        made_at=_stored(fact.made_at) or asked_at,
        highest={fact.status: fact.amount},
        **_fields(fact),
    )


def hear(known: VendorObject, fact: Fact, source: ChangeSource, asked_at: datetime) -> None:
    """Add a fact to the object in memory. Pure: the same facts in any order, the same object."""
    sightings = [
        *known.history,
        Sighting(status=known.status, at=known.asked_at, source=source),
        Sighting(status=fact.status, at=asked_at, source=source),
    ]
    known.history = _collapse(sightings)
    known.highest[fact.status] = max(known.highest.get(fact.status, fact.amount), fact.amount)
    _hear_made_at(known, fact, asked_at)
    for name, value in _known(fact.details).items():
        if asked_at >= known.details_at.get(name, asked_at):
            known.details[name], known.details_at[name] = value, asked_at
    if asked_at < known.asked_at:
        return
    news: dict[str, Any] = {**_fields(fact), "asked_at": asked_at}
    if known.claimed == fact.status:
        news |= {"claimed": None, "claimed_at": None}
    for name, value in news.items():
        setattr(known, name, value)


def _hear_made_at(known: VendorObject, fact: Fact, asked_at: datetime) -> None:
    """The vendor's time counts; without one, the time of the earliest question."""
    if fact.made_at is not None:
        if asked_at >= known.details_at.get(_MADE_AT, asked_at):
            setattr(known, "made_at", _stored(fact.made_at))  # noqa: B010
            known.details_at[_MADE_AT] = asked_at
    elif _MADE_AT not in known.details_at:
        setattr(known, "made_at", min(known.made_at, asked_at))  # noqa: B010


def _known(details: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in details.items() if value is not None}


def _insert(made: VendorObject) -> VendorObject:
    """If another process has just recorded it, the atomic block begins again and finds it."""
    made.validate()
    try:
        made.pk = VendorObject._get_collection().insert_one(made.to_mongo()).inserted_id
    except DuplicateKeyError as exc:
        exc._add_error_label("TransientTransactionError")
        raise
    return made


def _fields(fact: Fact) -> dict[str, Any]:
    return {
        "vendor": fact.vendor,
        "kind": fact.kind,
        "vendor_id": fact.vendor_id,
        "status": fact.status,
        "amount": fact.amount,
        "fee": fact.fee,
        "currency": fact.currency,
        "named_reference": fact.named_reference,
        "payment_id": fact.payment_id,
        "due_at": _stored(fact.due_at),
    }


def _stored(moment: datetime | None) -> datetime | None:
    """The moment as the database keeps it: in milliseconds."""
    if moment is None:
        return None
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _collapse(sightings: list[Sighting]) -> list[Sighting]:
    """In the order of the questions: the first and the last sighting of each status in a row.

    Both ends are kept, because what is heard later may lie between them.
    """
    kept: list[Sighting] = []
    for each in sorted(sightings, key=lambda one: one.at):
        same = [one.status == each.status for one in kept[-2:]]
        if same and same[-1] and kept[-1].at == each.at:
            continue
        if same == [True, True]:
            kept.pop()
        kept.append(each)
    if len(kept) > _MAX_SIGHTINGS:
        half = _MAX_SIGHTINGS // 2
        kept = kept[:half] + kept[-half:]
    return kept
