"""`manage.py deadletters`: list, show, replay or discard dead letters."""

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
from payflow.kernel.deadletters import Letter, LetterNotFound, to_printable

_MAX_ERROR_CHARS = 60


class Command(BaseCommand):
    help = (
        "List, show, replay or discard dead letters: tasks that failed for the last time. A "
        "replayed task runs again from its start; replaying it more than once is safe. Exits "
        "with 1 if there is no such letter, or if a letter could not be replayed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        listing = actions.add_parser("list", help="list the oldest letters; removes none")
        listing.add_argument("--limit", type=int, default=50, help="how many letters; default: 50")
        showing = actions.add_parser("show", help="show everything about one letter")
        showing.add_argument("id")
        replaying = actions.add_parser(
            "replay", help="publish tasks again, and remove their letters"
        )
        discarding = actions.add_parser("discard", help="remove letters for good")
        for action in (replaying, discarding):
            which = action.add_mutually_exclusive_group(required=True)
            which.add_argument("id", nargs="?")
            which.add_argument("--all", action="store_true", help="every letter")
        discarding.add_argument("--yes", action="store_true", help="confirms --all")
        for action in (listing, showing, replaying, discarding):
            action.add_argument(
                "--queue", choices=settings.QUEUES, help="only the letters of this queue"
            )

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
                f"There is no dead letter {to_printable(options['id'])}, "
                "or another command holds it."
            ) from exc
        except (OperationalError, OSError) as exc:
            raise CommandError(f"The broker cannot be reached: {exc}") from exc

    def _list(self, options: dict[str, Any]) -> None:
        if options["limit"] < 1:
            raise CommandError("--limit must be 1 or more.")
        # One letter more than is printed, to know whether there are more.
        found = deadletters.list_letters(queue=options["queue"], limit=options["limit"] + 1)
        printed = found[: options["limit"]]
        self._out.print(_table(printed) if printed else "There are no dead letters.")
        if len(found) > len(printed):
            self._out.print("There are more: raise --limit, or name a --queue.")

    def _show(self, options: dict[str, Any]) -> None:
        for letter in deadletters.get_letters(options["id"], queue=options["queue"]):
            for name, value in _rows(letter):
                self._out.print(f"{name:<10} {value}")

    def _replay(self, options: dict[str, Any]) -> None:
        outcome = deadletters.replay(options["id"], queue=options["queue"])
        for letter in outcome.published:
            self._out.print(f"{letter.id} replayed: {letter.task} on {letter.queue}")
        for letter, why in outcome.refused:
            self._out.print(f"{letter.id} stays: {why}")
        if outcome.refused:
            raise CommandError(
                f"{len(outcome.refused)} cannot be replayed; discard those that you do not need."
            )

    def _discard(self, options: dict[str, Any]) -> None:
        if options["all"] and not options["yes"]:
            raise CommandError("Discarding cannot be undone: add --yes to confirm.")
        count = deadletters.discard(options["id"], queue=options["queue"])
        self._out.print(f"{count} discarded.")

    @property
    def _out(self) -> Console:
        """Prints every text unchanged: no markup, no emoji names, no line breaks."""
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
            problem[:_MAX_ERROR_CHARS] + ("..." if len(problem) > _MAX_ERROR_CHARS else ""),
        )
    return table


def _rows(letter: Letter) -> list[tuple[str, str]]:
    rows = [
        ("id", letter.id),
        ("queue", letter.queue),
        ("task", letter.task or "(none)"),
        ("failed_at", letter.failed_at),
        ("error", letter.error),
    ]
    if letter.flaw:
        rows.append(("not a task", letter.flaw))
        rows.append(("body", f"{letter.size} bytes: {letter.body}"))
    else:
        rows.append(("args", json.dumps(letter.args)))
        rows.append(("kwargs", json.dumps(letter.kwargs)))
    return rows + [("header", f"{name}: {value}") for name, value in letter.headers.items()]
