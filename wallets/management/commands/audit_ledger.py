"""`manage.py audit_ledger`: is every kobo where the books say that it is?"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from bson import ObjectId
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import track
from rich.table import Table

from payflow.kernel import clock
from payflow.kernel.money import naira_text
from wallets.services import audit, heads


class Command(BaseCommand):
    help = (
        "Walk every wallet's ledger and compare it with the wallet and its transactions. Begins "
        "where the last clean audit ended. Exits with 1 and names what is wrong."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--full", action="store_true", help="from every chain's first entry")
        parser.add_argument("--wallet", type=ObjectId, help="this wallet alone")
        parser.add_argument(
            "--heads", type=Path, default=settings.AUDIT_HEADS_FILE or None,
            help="append the heads of the chains to this file",
        )  # fmt: skip
        parser.add_argument(
            "--check-heads", type=Path, help="compare the chains with the heads in this file"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        out = Console(file=self.stdout, highlight=False, width=140)  # type: ignore[arg-type]
        try:
            findings = self._findings(options, out)
        except (heads.HeadsDamaged, OSError) as exc:
            raise CommandError(str(exc)) from exc
        if findings:
            out.print(_table(findings))
            raise CommandError(f"{len(findings)} faults.")

    def _findings(self, options: dict[str, Any], out: Console) -> list[audit.Finding]:
        if options["check_heads"]:
            return list(heads.check(options["check_heads"]))
        now = clock.now()
        found: list[audit.Finding] = []
        reached: list[audit.Head] = []
        wanted = [options["wallet"]] if options["wallet"] else list(audit.wallet_ids())
        for wallet_id in track(wanted, "Auditing", console=Console(stderr=True), transient=True):
            head, faults = audit.audit_wallet(wallet_id, full=options["full"], now=now)
            reached.append(head)
            found += faults
        out.print(f"{len(reached)} wallets, {sum(h.seq for h in reached)} entries")
        if options["heads"] and not found:
            heads.append(options["heads"], reached, now)
        if not options["wallet"]:
            for account, kobo in sorted(audit.account_totals().items()):
                out.print(f"  {account:<24} {naira_text(kobo):>18}")
        return found


def _table(findings: list[audit.Finding]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("fault", "wallet", "where", ""):
        table.add_column(name, overflow="fold")
    for each in findings:
        table.add_row(each.kind, each.wallet, each.where, each.sentence)
    return table
