"""The floor: the database commands of one settlement, sent by PyMongo without PayFlow.

The commands and their order are those of `wallets.inbox.services.process`, on the same
collections. The benchmark records both, and refuses to run if they differ.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.write_concern import WriteConcern

Json = dict[str, Any]
_SNAPSHOT = ReadConcern("snapshot")
_MAJORITY = WriteConcern("majority", j=True)
FEE_KOBO = 21_00  # what the answer of benchmarks.cases says


class Floor:
    """Settles a case of `benchmarks.cases` with eleven commands."""

    def __init__(self, client: MongoClient[Json], database: str) -> None:
        self._client = client
        self._database = client[database]

    def settle(
        self,
        *,
        event_id: ObjectId,
        reference: str,
        amount: int,
        vendor_id: str,
        at: datetime,
    ) -> None:
        event = self._database["webhook_events"].find_one({"_id": event_id})
        assert event is not None and json.loads(event["raw_body"])["event"] == "charge.completed"

        def block(session: ClientSession) -> None:
            self._write(session, event_id, reference, amount, vendor_id, at)

        with self._client.start_session(causal_consistency=True) as session:
            session.with_transaction(
                block,
                read_concern=_SNAPSHOT,
                write_concern=_MAJORITY,
                read_preference=ReadPreference.PRIMARY,
            )

    def _write(
        self,
        session: ClientSession,
        event_id: ObjectId,
        reference: str,
        amount: int,
        vendor_id: str,
        at: datetime,
    ) -> None:
        database = self._database
        transaction = database["transactions"].find_one({"reference": reference}, session=session)
        assert transaction is not None and transaction["status"] == "PENDING"
        objects = database["vendor_objects"]
        key = {"vendor": "flutterwave", "kind": "payment", "vendor_id": vendor_id}
        assert not list(objects.find({"transaction": reference}, session=session))
        assert objects.find_one(key, session=session) is None
        objects.insert_one(_object(key, reference, amount, at), session=session)
        wallet = database["wallets"].find_one({"_id": transaction["wallet"]}, session=session)
        assert wallet is not None
        [entry, fee] = _entries(wallet, reference, amount, at)
        moved = database["wallets"].update_one(
            {"_id": wallet["_id"], "entry_seq": wallet["entry_seq"]},
            {
                "$set": {
                    "balance": entry["balance_after"],
                    "held": wallet["held"],
                    "owed": wallet["owed"],
                    "entry_seq": fee["seq"],
                    "entry_hash": fee["hash"],
                    "updated_at": at,
                }
            },
            session=session,
        )
        assert moved.matched_count == 1
        database["ledger_entries"].insert_many([entry, fee], session=session)
        database["transactions"].update_one(
            {"_id": transaction["_id"], "status": {"$in": ["PENDING", "FAILED"]}},
            {
                "$push": {
                    "history": {
                        "status": "SUCCESS",
                        "source": "webhook",
                        "at": at,
                        "balance": entry["balance_after"],
                    }
                },
                "$set": {
                    "provider_reference": vendor_id,
                    "meta": {"payment_method": "card"},
                    "status": "SUCCESS",
                    "updated_at": at,
                    "completed_at": at,
                },
                "$unset": {"next_check_at": 1, "recheck_at": 1, "reason": 1},
            },
            session=session,
        )
        database["webhook_events"].update_one(
            {"_id": event_id, "status": {"$in": ["RECEIVED", "DEAD"]}},
            {
                "$set": {"status": "PROCESSED", "processed_at": at, "reference": reference},
                "$inc": {"attempts": 1},
                "$unset": {"next_attempt_at": 1, "last_error": 1},
            },
            session=session,
        )


def _object(key: Json, reference: str, amount: int, at: datetime) -> Json:
    return {
        **key,
        "transaction": reference,
        "named_reference": reference,
        "status": "successful",
        "amount": amount,
        "fee": FEE_KOBO,
        "highest": {"successful": amount},
        "currency": "NGN",
        "made_at": at,
        "asked_at": at,
        "history": [{"status": "successful", "at": at, "source": "webhook"}],
        "details": {"reason": "", "method": "card"},
        "details_at": {"reason": at, "method": at},
    }


def _entries(wallet: Json, reference: str, amount: int, at: datetime) -> tuple[Json, Json]:
    """The customer's money, and the vendor's fee."""
    gateway, customer = "gateway:flutterwave", f"wallet:{wallet['_id']}"
    first = _entry(wallet, reference, (gateway, customer, amount), wallet["entry_hash"], 1, at)
    accounts = ("expense:vendor_fees", gateway, FEE_KOBO)
    return first, _entry(wallet, reference, accounts, first["hash"], 2, at) | {
        "balance_after": first["balance_after"]
    }


def _entry(
    wallet: Json,
    reference: str,
    posting: tuple[str, str, int],
    prev_hash: str,
    place: int,
    at: datetime,
) -> Json:
    debit, credit, amount = posting
    entry: Json = {
        "transaction": reference,
        "debit_account": debit,
        "credit_account": credit,
        "amount": amount,
        "currency": wallet["currency"],
        "wallet": wallet["_id"],
        "seq": wallet["entry_seq"] + place,
        "balance_after": wallet["balance"] + amount,
        "prev_hash": prev_hash,
    }
    text = "\n".join(map(str, (*entry.values(), at.isoformat(timespec="milliseconds"))))
    return {**entry, "hash": hashlib.sha256(text.encode()).hexdigest(), "created_at": at}
