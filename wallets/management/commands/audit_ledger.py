"""`manage.py audit_ledger`: compute every wallet's books again, and name each fault."""

from __future__ import annotations

import multiprocessing
from argparse import ArgumentParser
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from bson import ObjectId
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import track
from rich.table import Table

from payflow.kernel import clock, db
from payflow.kernel.money import to_naira_text
from wallets.oversight import anchors, disputes
from wallets.oversight.audit.findings import Finding
from wallets.oversight.audit.missing import find_missing_wallets
from wallets.oversight.audit.totals import account_totals
from wallets.oversight.audit.wallet import Anchor, audit_wallet, count_wallets, wallet_ids

# This many wallets are audited together, and their anchors written together.
_BATCH = 500
# The table shows this many faults; all are counted.
_MAX_FAULTS_SHOWN = 1000


class Command(BaseCommand):
    help = (
        "Walk every wallet's ledger chain and compare it with the wallet and its transactions; "
        "then look for wallets that are gone. "
        "Begins where the last clean audit ended. Exits with 1 if it finds a fault."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--full", action="store_true", help="from every chain's first entry")
        parser.add_argument("--wallet", type=ObjectId, help="this wallet only")
        parser.add_argument("--after", type=ObjectId, help="audit the wallets that follow this one")
        parser.add_argument("--jobs", type=int, default=1, help="number of processes")
        parser.add_argument(
            "--anchors", type=Path, default=settings.AUDIT_ANCHORS_FILE or None,
            help="append each wallet's anchor to this file",
        )  # fmt: skip
        parser.add_argument(
            "--check-anchors", type=Path, help="compare the chains with the anchors in this file"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        out = Console(file=self.stdout, highlight=False, width=140)  # type: ignore[arg-type]
        try:
            if options["check_anchors"]:
                findings = list(anchors.check(options["check_anchors"]))
            else:
                findings = self._walk(options, out)
        except (anchors.AnchorsDamaged, OSError) as exc:
            raise CommandError(str(exc)) from exc
        if findings:
            out.print(_table(findings[:_MAX_FAULTS_SHOWN]))
            raise CommandError(f"{len(findings)} faults.")

    def _walk(self, options: dict[str, Any], out: Console) -> list[Finding]:
        now = clock.now()
        found: list[Finding] = []
        wallets = entries = 0
        last: ObjectId | None = options["after"]
        try:
            with _workers(options["jobs"]) as work:
                for batch in _batches(options):
                    audited = list(work(partial(_audit, full=options["full"], now=now), batch))
                    clean = [anchor for anchor, faults in audited if not faults]
                    found += [each for _, faults in audited for each in faults]
                    wallets, entries = wallets + len(batch), entries + sum(a.seq for a in clean)
                    if options["anchors"] and clean:
                        anchors.append(options["anchors"], clean, now)
                    last = batch[-1]
        except KeyboardInterrupt:
            raise CommandError(f"Interrupted. Go on with: --after {last}") from None
        if not options["wallet"]:
            found += [*find_missing_wallets(), *disputes.find_freed()]
        out.print(f"{wallets} wallets, {entries} entries")
        if options["full"] and not options["wallet"]:
            for account, kobo in sorted(account_totals().items()):
                out.print(f"  {account:<24} {to_naira_text(kobo):>18}")
        return found


def _batches(options: dict[str, Any]) -> Iterator[list[ObjectId]]:
    """The wallets to audit, with a progress bar on standard error."""
    if options["wallet"]:
        yield [options["wallet"]]
        return
    ids = iter(
        track(
            wallet_ids(after=options["after"]),
            "Auditing",
            total=count_wallets(after=options["after"]),
            console=Console(stderr=True),
            transient=True,
        )
    )
    while batch := list(islice(ids, _BATCH)):
        yield batch


@contextmanager
def _workers(jobs: int) -> Iterator[Any]:
    """Yields map(), or the map of a process pool if there are several jobs."""
    if jobs == 1:
        yield map
        return
    # A MongoClient must not cross a fork, so each process opens its own.
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(jobs, context, initializer=db.forget_client) as pool:
        yield partial(pool.map, chunksize=10)


def _audit(wallet_id: ObjectId, *, full: bool, now: datetime) -> tuple[Anchor, list[Finding]]:
    return audit_wallet(wallet_id, full=full, now=now)


def _table(findings: list[Finding]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("fault", "wallet", "where", ""):
        table.add_column(name, overflow="fold")
    for each in findings:
        table.add_row(each.kind, each.wallet, each.where, each.sentence)
    return table
