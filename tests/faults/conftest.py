"""A whole PayFlow on RabbitMQ, whose parts can be taken away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pymongo
import pytest

from dev.stack.stack import Stack
from tests.plugin import QUICK
from tests.support.app import App
from tests.support.broker import Admin, Broker, own_vhost
from tests.support.proxy import Proxy
from wallets.ledger.documents import LedgerEntry
from wallets.ledger.postings import hash_entry


class Site:
    """One installation: what runs, what customers see, and what the database says."""

    def __init__(self, stack: Stack, broker: Proxy) -> None:
        self.stack = stack
        self.broker = broker
        self.app = App(stack)

    def credited_once(self, reference: str, kobo: int) -> None:
        """What the vendor collected is booked, by one entry, in a wallet that agrees with it.

        The chain is recomputed: every entry's hash, and the balance after each.
        """
        with self._collections() as find:
            entries = find("ledger_entries", {"transaction": reference})
            assert [entry["amount"] for entry in entries] == [kobo]
            wallet_id = entries[0]["wallet"]
            chain = sorted(find("ledger_entries", {"wallet": wallet_id}), key=lambda e: e["seq"])
            [wallet] = find("wallets", {"_id": wallet_id})
        account, balance, previous = f"wallet:{wallet_id}", 0, ""
        for seq, entry in enumerate(chain, start=1):
            balance += entry["amount"] * (1 if entry["credit_account"] == account else -1)
            assert (entry["seq"], entry["balance_after"]) == (seq, balance)
            assert entry["prev_hash"] == previous
            previous = entry["hash"]
            assert previous == hash_entry(LedgerEntry._from_son(entry))
        assert (wallet["balance"], wallet["entry_seq"]) == (balance, len(chain))
        assert (wallet["entry_hash"], wallet["held"]) == (previous, 0)
        assert self.app.vendor.books(reference)["totals_by_tx_ref"] == {reference: kobo}

    def entries_of(self, reference: str) -> list[tuple[str, str, int]]:
        with self._collections() as find:
            found = sorted(
                find("ledger_entries", {"transaction": reference}), key=lambda entry: entry["seq"]
            )
        return [(e["debit_account"], e["credit_account"], e["amount"]) for e in found]

    @contextmanager
    def _collections(self) -> Iterator[Callable[[str, Any], list[dict[str, Any]]]]:
        """Reads past all code of the application."""
        uri, name = self.stack.addresses.mongo_uri, self.stack.addresses.database
        with pymongo.MongoClient[dict[str, Any]](uri, tz_aware=True) as client:
            yield lambda collection, query: list(client[name][collection].find(query))


@pytest.fixture(scope="session")
def running_site(
    rabbitmq_server: tuple[str, Admin], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    with own_vhost(*rabbitmq_server) as rabbitmq:
        yield from _run_on(rabbitmq, tmp_path_factory.mktemp("site"))


def _run_on(rabbitmq: Broker, folder: Path) -> Iterator[Site]:
    target = urlsplit(rabbitmq.url)
    proxy = Proxy(target.hostname or "localhost", target.port or 5672)
    through = target._replace(netloc=f"guest:guest@127.0.0.1:{proxy.port}").geturl()
    environment = {**QUICK, "INBOX_GRACE_S": "1", "SWEEP_INTERVAL_S": "1"}
    environment |= {"REQUERY_BASE_S": "1", "TRANSFER_RESEND_AFTER_S": "3"}
    environment |= {"RABBITMQ_URL": through, "MONGO_URI": "", "REDIS_URL": ""}
    with Stack(folder, env=environment) as stack:
        yield Site(stack, proxy)


@pytest.fixture
def site(running_site: Site) -> Iterator[Site]:
    """The site with everything running, and everything running again afterwards."""
    # A vendor that tries again soon; its own half hour is a setting of the sandbox.
    running_site.app.vendor.webhooks(retry_s=0.5, retries=60)
    yield running_site
    running_site.app.vendor.behave()
    for name in ("database", "valkey", "worker", "beat", "web"):
        if not running_site.stack.processes[name].running:
            running_site.stack.restart(name)
