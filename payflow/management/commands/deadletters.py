"""`manage.py deadletters`: what was given up, and what is to become of it."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from kombu.exceptions import OperationalError
from rich.console import Console
from rich.table import Table

from payflow.kernel import deadletters
from payflow.kernel.deadletters import Letter, LetterNotFound, printable

_ERROR_SHOWN = 60


class Command(BaseCommand):
    help = (
        "List, show, replay or discard the tasks that were given up. A replayed one runs again "
        "from its start, which is safe however often it is done. Exits with 1 if there is no "
        "such letter, or if one could not be replayed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        listing = actions.add_parser("list", help="the oldest of each queue; all stay")
        listing.add_argument("--limit", type=int, default=50, help="at most so many; 50")
        showing = actions.add_parser("show", help="everything that is known about one")
        showing.add_argument("id")
        replaying = actions.add_parser("replay", help="publish again; then it is gone from here")
        discarding = actions.add_parser("discard", help="throw away for good")
        for action in (replaying, discarding):
            which = action.add_mutually_exclusive_group(required=True)
            which.add_argument("id", nargs="?")
            which.add_argument("--all", action="store_true", help="every one that lies there now")
        discarding.add_argument("--yes", action="store_true", help="needed with --all")
        for action in (listing, showing, replaying, discarding):
            action.add_argument("--queue", choices=settings.QUEUES, help="this queue only")

    def handle(self, *args: Any, **options: Any) -> None:
        actions: dict[str, Callable[..., None]] = {
            "list": self._list,
            "show": self._show,
            "replay": self._replay,
            "discard": self._discard,
        }
        try:
            actions[options["action"]](options)
        except LetterNotFound as exc:
            raise CommandError(
                f"There is no dead letter {printable(options['id'])}, or another command holds it."
            ) from exc
        except (OperationalError, OSError) as exc:
            raise CommandError(f"The broker cannot be reached: {exc}") from exc

    def _list(self, options: dict[str, Any]) -> None:
        if options["limit"] < 1:
            raise CommandError("--limit must be 1 or more.")
        # One more than shown tells whether there are more.
        found = deadletters.letters(queue=options["queue"], most=options["limit"] + 1)
        shown = found[: options["limit"]]
        self._out.print(_table(shown) if shown else "There are no dead letters.")
        if len(found) > len(shown):
            self._out.print("There are more: raise --limit, or name a --queue.")

    def _show(self, options: dict[str, Any]) -> None:
        for letter in deadletters.find(options["id"], queue=options["queue"]):
            for name, value in _everything(letter):
                self._out.print(f"{name:<10} {value}")

    def _replay(self, options: dict[str, Any]) -> None:
        outcome = deadletters.replay(options["id"], queue=options["queue"])
        for letter in outcome.published:
            self._out.print(f"{letter.id} replayed: {letter.task} on {letter.queue}")
        for letter, why in outcome.refused:
            self._out.print(f"{letter.id} stays: {why}")
        if outcome.refused:
            raise CommandError(
                f"{len(outcome.refused)} cannot be replayed; discard what nobody needs."
            )

    def _discard(self, options: dict[str, Any]) -> None:
        if options["all"] and not options["yes"]:
            raise CommandError("That cannot be undone: say --yes as well.")
        count = deadletters.discard(options["id"], queue=options["queue"])
        self._out.print(f"{count} discarded.")

    @property
    def _out(self) -> Console:
        """Prints texts as they are: what a letter says is no markup, and no line is broken."""
        return Console(
            file=self.stdout,  # type: ignore[arg-type]
            highlight=False,
            markup=False,
            emoji=False,
            soft_wrap=True,
            width=180,
        )


def _table(letters: list[Letter]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("id", "queue", "task", "failed_at", "error"):
        table.add_column(name, no_wrap=True)
    for letter in letters:
        problem = letter.error or letter.flaw
        table.add_row(
            letter.id,
            letter.queue,
            letter.task or "(none)",
            letter.failed_at[:19],
            problem[:_ERROR_SHOWN] + ("..." if len(problem) > _ERROR_SHOWN else ""),
        )
    return table


def _everything(letter: Letter) -> list[tuple[str, str]]:
    rows = [
        ("id", letter.id),
        ("queue", letter.queue),
        ("task", letter.task or "(none)"),
        ("failed_at", letter.failed_at),
        ("error", letter.error),
    ]
    if letter.flaw:
        rows.append(("no task:", letter.flaw))
        rows.append(("body", f"{letter.size} bytes: {letter.body}"))
    else:
        rows.append(("args", json.dumps(letter.args)))
        rows.append(("kwargs", json.dumps(letter.kwargs)))
    return rows + [("header", f"{name}: {value}") for name, value in letter.headers.items()]
