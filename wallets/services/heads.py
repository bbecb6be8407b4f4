"""The heads of all chains, written where a database's owner cannot rewrite them unseen.

A file that is only ever appended to, and on the disk before we say so. Each run is a block of
lines whose last one has the hash of the block and of the block before it: whoever changes a
line breaks the file, and whoever changes the database no longer fits the file.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from wallets.documents import LedgerEntry
from wallets.ledger import entry_hash
from wallets.services.audit import Finding, Head


class HeadsDamaged(Exception):
    """The file is not what we wrote."""


def append(path: Path, heads: list[Head], now: datetime) -> None:
    """The heads are on the disk afterwards. Two who write at once do so one after the other.

    Raises: HeadsDamaged, OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        previous = _last_seal(file)
        lines = [
            json.dumps(
                {"at": now.isoformat(), "wallet": h.wallet, "seq": h.seq, "hash": h.hash,
                 "balance": h.balance}
            )
            for h in heads
        ]  # fmt: skip
        lines.append(json.dumps({"seal": _seal(previous, lines)}))
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())


def check(path: Path) -> Iterator[Finding]:
    """Heads that were written once and are in no chain any more. Raises: HeadsDamaged, OSError."""
    with path.open(encoding="utf-8") as file:
        _last_seal(file)
        file.seek(0)
        for line in file:
            row = json.loads(line)
            if row.get("seq"):
                entry = LedgerEntry.objects(wallet=row["wallet"], seq=row["seq"]).first()
                if entry is None or entry_hash(entry) != row["hash"]:
                    yield Finding(
                        row["wallet"], "history_rewritten", f"#{row['seq']}",
                        f"It was another entry at {row['at'][:16]}.",
                    )  # fmt: skip


def _last_seal(lines: Iterator[str]) -> str:
    """The seal of the last block, every block verified on the way."""
    previous = ""
    block: list[str] = []
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
        except ValueError:
            raise HeadsDamaged(f"Line {number} cannot be read.") from None
        if "seal" in row:
            if row["seal"] != _seal(previous, block):
                raise HeadsDamaged(f"The block that ends in line {number} was changed.")
            previous, block = row["seal"], []
        else:
            block.append(line.rstrip("\n"))
    # A block without its seal is of a run that died while it wrote: it promised nothing.
    return previous


def _seal(previous: str, block: list[str]) -> str:
    return hashlib.sha256("\n".join([previous, *block]).encode()).hexdigest()
