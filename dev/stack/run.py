"""`make run`: the stack at its usual ports, with data that survives a restart."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.table import Table

from dev.stack.addresses import ROOT, Addresses
from dev.stack.errors import PartDied
from dev.stack.parts import MANAGE
from dev.stack.ports import Ports
from dev.stack.process import Process
from dev.stack.stack import Stack

FOLDER = ROOT / ".run"
ADMIN_EMAIL = "admin@payflow.local"
ADMIN_FILE = "admin.txt"
# A developer who has keys for a vendor's test mode can use it instead of the sandbox.
VENDOR_VARIABLES = (
    "FLUTTERWAVE_BASE_URL",
    "FLUTTERWAVE_SECRET_KEY",
    "FLUTTERWAVE_WEBHOOK_HASH",
    "VTPASS_BASE_URL",
)
_ADMIN_S = 60.0


def main(folder: Path = FOLDER) -> NoReturn:
    """Keep the stack up; Ctrl-C ends it through KeyboardInterrupt, a dead part through PartDied."""
    console = Console(highlight=False)
    env = {name: os.environ[name] for name in VENDOR_VARIABLES if os.environ.get(name)}
    stack = Stack(folder, ports=Ports.from_environment(), env=env)
    with console.status("Starting PayFlow"):
        stack.start()
    try:
        admin = admin_login(stack)
        with announced(stack.addresses):
            console.print(welcome(stack.addresses, admin))
            console.print("\nCtrl-C stops everything.")
            stack.watch()
    finally:
        console.print("Stopping PayFlow")
        stack.stop()


@contextmanager
def announced(addresses: Addresses) -> Iterator[None]:
    """Keep stack.json, which other programs read, while the stack is up."""
    file = addresses.folder / "stack.json"
    file.write_text(json.dumps(addresses.describe(), indent=2) + "\n")
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def admin_login(stack: Stack) -> str | None:
    """The e-mail and password of the development administrator, created at the first start.

    None on a database named in the environment: no user is created there.
    """
    file = stack.addresses.folder / ADMIN_FILE
    if "database" not in stack.processes:
        return None
    if not file.exists():
        password = secrets.token_urlsafe(12)
        command = Process(
            "admin",
            [*MANAGE, "createsuperuser", "--noinput", "--email", ADMIN_EMAIL],
            log=file.parent / "logs" / "admin.log",
            environment={**stack.environment, "DJANGO_SUPERUSER_PASSWORD": password},
            folder=ROOT,
        )
        command.start()
        try:
            command.wait_until_done(wait_s=_ADMIN_S)
        except PartDied:
            return None  # the user exists, but its password was lost; see admin.log
        finally:
            command.kill()
        file.touch(mode=0o600)
        file.write_text(f"{ADMIN_EMAIL} {password}\n")
    return file.read_text().strip().replace(" ", " / ")


def welcome(addresses: Addresses, admin: str | None) -> Table:
    """The addresses that a developer opens first."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    table.add_row("API docs", addresses.docs)
    table.add_row("Admin", addresses.admin)
    if admin:
        table.add_row("", f"{admin}  (kept in {_short(addresses.folder / ADMIN_FILE)})")
    table.add_row("WebSocket", addresses.ws)
    table.add_row("Vendor sandbox", addresses.sandbox)
    table.add_row("Logs", _short(addresses.folder / "logs"))
    return table


def _short(path: Path) -> str:
    return os.path.relpath(path)
