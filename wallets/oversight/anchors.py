"""The heads of all chains, written where a database's owner cannot rewrite them unseen.

A file that is only ever appended to, and on the disk before we say so. Each run is a block of
lines whose last one, the seal, has the hash of the block and of the seal before it: whoever
changes a line breaks the file, and whoever changes the database no longer fits the file.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from wallets.ledger.documents import LedgerEntry
from wallets.ledger.postings import entry_hash
from wallets.oversight.audit import Finding, Head

_BLOCK_BYTES = 65_536


class HeadsDamaged(Exception):
    """The file is not what we wrote."""


def append(path: Path, heads: list[Head], now: datetime) -> None:
    """The heads are on the disk afterwards. Two who write at once do so one after the other.

    Reads only the end of the file, however long it is. Raises: OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        previous, unsealed = _end_of(file)
        lines = [json.dumps({"at": now.isoformat(), **vars(head)}) for head in heads]
        seal = json.dumps({"seal": _seal(previous, [*unsealed, *lines])})
        # A run that died while it wrote may have left half a line.
        file.write(("\n" if unsealed else "").encode() + "\n".join([*lines, seal, ""]).encode())
        file.flush()
        os.fsync(file.fileno())


def check(path: Path) -> Iterator[Finding]:
    """Heads that were written once and are in no chain any more. Raises: HeadsDamaged, OSError.

    The seals first: a damaged file is no witness.
    """
    with path.open(encoding="utf-8") as file:
        for _ in _sealed_rows(file):
            pass
        file.seek(0)
        for row in _sealed_rows(file):
            if not row["seq"]:  # nothing was booked yet
                continue
            entry = LedgerEntry.objects(wallet=row["wallet"], seq=row["seq"]).first()
            if entry is None or entry_hash(entry) != row["hash"]:
                yield Finding(
                    row["wallet"], "history_rewritten", f"#{row['seq']}",
                    f"It was another entry at {row['at'][:16]}.",
                )  # fmt: skip


def _sealed_rows(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """The heads of every block, once its seal was verified."""
    previous = ""
    block: list[str] = []
    heads: list[dict[str, Any]] = []
    for number, line in enumerate(lines, start=1):
        text = line.rstrip("\n")
        row = _parsed(text)
        if "seal" not in row:
            if text:
                block.append(text)
            if "wallet" in row:  # and not half a line
                heads.append(row)
            continue
        if row["seal"] != _seal(previous, block):
            raise HeadsDamaged(f"The block that ends in line {number} was changed.")
        yield from heads
        previous, block, heads = row["seal"], [], []
    # A block without its seal is of a run that died while it wrote: it promised nothing.


def _end_of(file: IO[bytes]) -> tuple[str, list[str]]:
    """The last seal, and the lines behind it: of a run that died before it could seal them."""
    size, tail = file.seek(0, os.SEEK_END), b""
    while size:
        read = min(size, _BLOCK_BYTES)
        size -= read
        file.seek(size)
        tail = file.read(read) + tail
        # The first line may have begun before what was read.
        lines = tail.decode("utf-8", "replace").split("\n")[1 if size else 0 :]
        for place in range(len(lines) - 1, -1, -1):
            if seal := _parsed(lines[place]).get("seal"):
                return seal, [line for line in lines[place + 1 :] if line]
    return "", [line for line in tail.decode("utf-8", "replace").split("\n") if line]


def _parsed(line: str) -> dict[str, Any]:
    """The line's JSON object; an empty one for half a line."""
    try:
        row = json.loads(line)
    except ValueError:
        return {}
    return row if isinstance(row, dict) else {}


def _seal(previous: str, block: list[str]) -> str:
    return hashlib.sha256("\n".join([previous, *block]).encode()).hexdigest()
