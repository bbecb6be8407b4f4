"""What the logs and the database of a running PayFlow hold of the secrets that clients sent."""

from __future__ import annotations

import secrets
from typing import Any

import pymongo
import requests
from bson import json_util

from dev.stack.stack import Stack
from payflow.settings.published import EMBEDDED
from tests.support.customer import PASSWORD
from tests.support.site import Site


def test_no_log_and_no_document_holds_a_secret(site: Site, live: Stack) -> None:
    """Of headers, queries and bodies, right or wrong, over web, worker and error paths."""
    ada = site.new_customer("1000.00")  # a webhook with the right hash
    odd = f"secret-{secrets.token_hex(12)}"
    known = EMBEDDED["FLUTTERWAVE_WEBHOOK_HASH"]
    calls: list[dict[str, Any]] = [
        {"params": {"verif-hash": known, "token": ada.token, "pin": odd}},
        {"headers": {"verif-hash": odd, "X-Transaction-PIN": odd}},
        {"headers": {"Authorization": f"Bearer {odd}"}},
        {"json": {"email": ada.email, "password": odd}},
        {"data": f'{{"password": "{odd}"', "headers": {"Content-Type": "application/json"}},
    ]
    for path in ("/wallet/flutterwave/webhook", "/auth/login", "/nowhere", "/wallet/withdraw"):
        for call in calls:
            requests.post(site.api + path, timeout=30, **call)
    ada.withdraw("200")

    never = {*EMBEDDED.values(), PASSWORD, ada.token, odd}
    logs = {file.name: file.read_text() for file in (live.addresses.folder / "logs").glob("*.log")}
    # The sandbox is not ours; it shows what it was sent.
    ours = {name: text for name, text in logs.items() if not name.startswith("sandbox")}
    assert "/wallet/flutterwave/webhook" in ours["web.log"]
    assert {
        (name, secret) for name, text in ours.items() for secret in never if secret in text
    } == set()
    with pymongo.MongoClient[dict[str, Any]](live.addresses.mongo_uri) as client:
        database = client[live.addresses.database]
        found = {
            (name, secret)
            for name in database.list_collection_names()
            for document in database[name].find()
            for secret in never
            if secret in json_util.dumps(document)
        }
    assert found == set()
