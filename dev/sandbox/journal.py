"""The sandbox's state: documents in memory, with an optional append-only journal.

A changed document appends `{"store": ..., "document": {...}}`, a removed one `{"store": ...,
"removed": id}`, a reset `{"reset": true}`, one JSON line each. At start the journal is replayed
into the stores attached to it.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Generic, Protocol, TypeVar

from dev.sandbox.wire import Json, dumps, loads

_IDS_COUNT_FROM = datetime(2025, 1, 1, tzinfo=UTC)


class JournalDamaged(Exception):
    """A whole line of the journal cannot be read; a person must repair or delete the file."""


class Document(Protocol):
    """A frozen dataclass of JSON values with an id."""

    @property
    def id(self) -> Any: ...


class Journal:
    """The file behind the stores. Without a path nothing is written."""

    def __init__(self, path: str = "") -> None:
        self._path = Path(path) if path else None
        self._file: IO[bytes] | None = None
        self._stores: dict[str, Store[Any]] = {}

    def attach(self, name: str, store: "Store[Any]") -> None:
        self._stores[name] = store

    def open(self) -> None:
        """Replay the file into the attached stores, then write after its last whole line.

        A last line without a line end was left by a killed process and is cut off.
        """
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("a+b")
        self._file.seek(0)
        whole_bytes = 0
        for number, line in enumerate(self._file, start=1):
            if not line.endswith(b"\n"):
                break
            try:
                self._replay(loads(line))
            except (ValueError, KeyError, TypeError) as exc:
                raise JournalDamaged(f"{self._path}, line {number}: {exc!r}") from exc
            whole_bytes += len(line)
        self._file.truncate(whole_bytes)
        self._file.seek(whole_bytes)

    def write(self, record: Json) -> None:
        if self._file is not None:
            self._file.write(dumps(record).encode() + b"\n")
            # Flushed to the operating system, so a killed sandbox loses nothing. fsync is too slow.
            self._file.flush()

    def reset(self) -> None:
        """Empty every store, now and at the next replay."""
        self.write({"reset": True})
        for store in self._stores.values():
            store.clear()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _replay(self, record: Json) -> None:
        if record == {"reset": True}:
            for store in self._stores.values():
                store.clear()
            return
        store = self._stores[record["store"]]
        if "removed" in record:
            store.forget(record["removed"])
        else:
            store.restore(record["document"])


D = TypeVar("D", bound=Document)


class Store(Generic[D]):
    """Documents of one kind, oldest first, found by id or by `key`.

    Integer ids only increase, also after a reset and after a restart. Two kinds with a different
    ids_from share no id, so a test notices an id of the wrong kind.
    """

    def __init__(
        self,
        journal: Journal,
        name: str,
        kind: type[D],
        key: Callable[[D], Any] | None = None,
        *,
        ids_from: int = 0,
    ) -> None:
        self._journal = journal
        self._name = name
        self._kind = kind
        self._key = key
        self._documents: dict[Any, D] = {}
        self._ids_by_key: dict[Any, list[Any]] = {}
        # Ids start from the clock, so they stay unique over restarts without a journal. A client
        # that remembers an id would take its repetition for the same vendor object.
        age = datetime.now(UTC) - _IDS_COUNT_FROM
        self._last_id = ids_from + int(age.total_seconds() * 100)
        journal.attach(name, self)

    def next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def put(self, document: D) -> D:
        """Store a new or changed document and journal it."""
        # asdict is typed for dataclasses, which a Protocol cannot demand.
        self._journal.write({"store": self._name, "document": asdict(document)})  # type: ignore[call-overload]
        self._keep(document)
        return document

    def remove(self, document_id: Any) -> None:
        if document_id in self._documents:
            self._journal.write({"store": self._name, "removed": document_id})
            self.forget(document_id)

    def find(self, document_id: Any) -> D | None:
        return self._documents.get(document_id)

    def find_by_key(self, key: Any) -> list[D]:
        return [self._documents[each] for each in self._ids_by_key.get(key, ())]

    def newest_first(self) -> Iterator[D]:
        return reversed(self._documents.values())

    def __iter__(self) -> Iterator[D]:
        return iter(self._documents.values())

    def clear(self) -> None:
        self._documents.clear()
        self._ids_by_key.clear()

    def restore(self, fields: Json) -> None:
        self._keep(self._kind(**fields))

    def forget(self, document_id: Any) -> None:
        document = self._documents.pop(document_id)
        if self._key is not None:
            self._ids_by_key[self._key(document)].remove(document_id)

    def _keep(self, document: D) -> None:
        if self._key is not None and document.id not in self._documents:
            self._ids_by_key.setdefault(self._key(document), []).append(document.id)
        self._documents[document.id] = document
        if isinstance(document.id, int):
            self._last_id = max(self._last_id, document.id)
