"""Anchors: each wallet's owner, latest entry and latest transaction, outside the database.

The file is one that the database administrator cannot edit. It is append-only and flushed to
disk. Each run is a block of lines that ends in a seal: the hash of the block and of the seal
before it. So a changed line breaks the file, and a changed database no longer matches it. The
database keeps the file's last seal and size, so a file that lost its end is noticed as well.
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

from wallets.ledger import seals
from wallets.ledger.documents import LedgerEntry, Transaction, Wallet
from wallets.ledger.postings import hash_entry
from wallets.oversight.audit.findings import Finding
from wallets.oversight.audit.wallet import Anchor
from wallets.oversight.documents import AnchorFile
from wallets.review.audit_findings import AuditFinding

_BLOCK_BYTES = 65_536


class AnchorsDamaged(Exception):
    """The file was changed after it was written."""


def append(path: Path, anchors: list[Anchor], now: datetime) -> None:
    """Append a block of anchors, and flush it to disk. A file lock orders simultaneous writers.

    Reads only the end of the file, however long it is. Raises: OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        previous, unsealed = _end_of(file)
        lines = [json.dumps({"at": now.isoformat(), **vars(anchor)}) for anchor in anchors]
        is_whole = _holds_recorded_end(path, file)
        seal = _seal(previous, [*unsealed, *lines])
        # A run that died while writing may have left half a line.
        file.write(
            ("\n" if unsealed else "").encode()
            + "\n".join([*lines, json.dumps({"seal": seal}), ""]).encode()
        )
        file.flush()
        os.fsync(file.fileno())
        if is_whole:  # otherwise each check must go on to fail
            _record_end(path, size=file.seek(0, os.SEEK_END), seal=seal, now=now)


def check(path: Path) -> Iterator[Finding]:
    """The anchors that no longer match their wallet's chain.

    The seals are checked first: a damaged file proves nothing. Raises: AnchorsDamaged, OSError.
    """
    with path.open("rb") as raw:
        is_whole = _holds_recorded_end(path, raw)
    with path.open(encoding="utf-8") as file:
        for _ in _sealed_rows(file):
            pass
        if not is_whole:
            raise AnchorsDamaged("The file lost anchors that were written at its end.")
        file.seek(0)
        for row in _sealed_rows(file):
            yield from _against_row(row)


def has_its_end(path: Path) -> bool:
    """Whether the file still has what was written to it last. Reads only its end."""
    try:
        with path.open("rb") as file:
            return _holds_recorded_end(path, file)
    except FileNotFoundError:
        return AnchorFile.objects(pk=str(path.resolve())).first() is None


def _against_row(row: dict[str, Any]) -> Iterator[Finding]:
    """An anchor of an earlier version has no owner and no transaction."""
    name, at = row["wallet"], row["at"][:16]
    if row["seq"]:  # otherwise the wallet had no entry yet
        entry = LedgerEntry.objects(wallet=name, seq=row["seq"]).first()
        if entry is None or hash_entry(entry) != row["hash"]:
            sentence = f"It was another entry at {at}."
            yield Finding(name, AuditFinding.HISTORY_REWRITTEN, f"#{row['seq']}", sentence)
    if number := row.get("transaction_number"):
        sealed = Transaction.objects(user_id=row["owner"], number=number).first()
        if sealed is None or seals.compute(sealed) != row["transaction_seal"]:
            sentence = f"It was another transaction at {at}."
            where = f"number {number}"
            yield Finding(name, AuditFinding.HISTORY_REWRITTEN, where, sentence)
    if row.get("owner"):
        wallet = Wallet.objects(pk=name).only("user_id").first()
        if wallet is None or str(wallet.user_id) != row["owner"]:
            sentence = f"Its owner was {row['owner']} at {at}."
            yield Finding(name, AuditFinding.HISTORY_REWRITTEN, "wallet", sentence)


def _record_end(path: Path, *, size: int, seal: str, now: datetime) -> None:
    AnchorFile.objects(pk=str(path.resolve())).update_one(
        upsert=True, set__size=size, set__seal=seal, set__written_at=now
    )


def _holds_recorded_end(path: Path, file: IO[bytes]) -> bool:
    """Whether the seal that was recorded last is still where it was written.

    More may follow it: a run that died after it wrote the file recorded nothing.
    """
    recorded = AnchorFile.objects(pk=str(path.resolve())).first()
    if recorded is None:
        return True
    line = json.dumps({"seal": recorded.seal}).encode() + b"\n"
    if file.seek(0, os.SEEK_END) < recorded.size or recorded.size < len(line):
        return False
    file.seek(recorded.size - len(line))
    return file.read(len(line)) == line


def _sealed_rows(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """The anchors of every block whose seal is right. Raises: AnchorsDamaged."""
    previous = ""
    block: list[str] = []
    anchors: list[dict[str, Any]] = []
    for number, line in enumerate(lines, start=1):
        text = line.rstrip("\n")
        row = _parse_line(text)
        if "seal" not in row:
            if text:
                block.append(text)
            if "wallet" in row:  # not half a line
                anchors.append(row)
            continue
        if row["seal"] != _seal(previous, block):
            raise AnchorsDamaged(f"The block that ends in line {number} was changed.")
        yield from anchors
        previous, block, anchors = row["seal"], [], []
    # A block without a seal comes from a run that died while writing; it proves nothing.


def _end_of(file: IO[bytes]) -> tuple[str, list[str]]:
    """The last seal, and the lines after it, which a run that died left unsealed."""
    size, tail = file.seek(0, os.SEEK_END), b""
    while size:
        read = min(size, _BLOCK_BYTES)
        size -= read
        file.seek(size)
        tail = file.read(read) + tail
        # The first line may have begun before the part that was read.
        lines = tail.decode("utf-8", "replace").split("\n")[1 if size else 0 :]
        for place in range(len(lines) - 1, -1, -1):
            if seal := _parse_line(lines[place]).get("seal"):
                return seal, [line for line in lines[place + 1 :] if line]
    return "", [line for line in tail.decode("utf-8", "replace").split("\n") if line]


def _parse_line(line: str) -> dict[str, Any]:
    """The line's JSON object; an empty one for half a line."""
    try:
        row = json.loads(line)
    except ValueError:
        return {}
    return row if isinstance(row, dict) else {}


def _seal(previous: str, block: list[str]) -> str:
    return hashlib.sha256("\n".join([previous, *block]).encode()).hexdigest()
