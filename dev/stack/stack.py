"""Starts the parts in their order, watches them, and stops them in the reverse order."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

import pymongo
from pymongo.errors import PyMongoError

from dev.stack import parts as known
from dev.stack.addresses import ROOT, VENDOR_KEYS, environment_of, settle
from dev.stack.errors import NobodyAnswers
from dev.stack.ports import Ports
from dev.stack.process import Process

ALL_PARTS = tuple(known.PARTS)
# A loaded machine with two cores may need most of it; a part that died is told at once.
_START_S = 60.0
_FOREIGN_S = 5.0
_WATCH_S = 0.5


class Stack:
    """The parts asked for, up and answering inside `with`, gone without trace after it.

    folder: data and logs go there, and a later stack on the same folder finds the data again.
    ports: free ones unless given.
    env: variables on top of this process's own; they win over everything decided here. A
    MONGO_URI, REDIS_URL or RABBITMQ_URL set in either replaces our own server; empty is not set.
    throwaway: on somebody else's MongoDB, use a new database and drop it at the end.

    Raises: StackError, told for a person; nothing is left running then.
    """

    def __init__(
        self,
        folder: Path | str,
        parts: Iterable[str] = ALL_PARTS,
        ports: Ports | None = None,
        env: Mapping[str, str] | None = None,
        *,
        throwaway: bool = False,
    ) -> None:
        given = {**os.environ, **(env or {})}
        self.addresses = settle(
            Path(folder).resolve(), ports or Ports.free(), given, throwaway=throwaway
        )
        self.environment = {**given, **environment_of(self.addresses), **(env or {})}
        # These are decided: one that was emptied to get our own server has its address now.
        for name in ("MONGO_URI", "MONGO_DB_NAME", "REDIS_URL", "RABBITMQ_URL"):
            self.environment[name] = environment_of(self.addresses)[name]
        self._foreign_database = bool(given.get("MONGO_URI"))
        self._foreign_redis = bool(given.get("REDIS_URL"))
        foreign_valkey = self._foreign_redis and bool(given.get("RABBITMQ_URL"))
        self._throwaway = throwaway and self._foreign_database
        self._must_drop = False
        wanted = set(parts)
        if unknown := wanted - set(ALL_PARTS):
            raise ValueError(f"no such parts: {', '.join(sorted(unknown))}")
        wanted -= {"database"} if self._foreign_database else set()
        wanted -= {"valkey"} if foreign_valkey else set()
        self.processes = {name: self._process(name) for name in ALL_PARTS if name in wanted}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Every part answers afterwards, or none is left. Raises: StackError."""
        self.addresses.ports.require_free(tuple(self.processes))
        self._require_foreign_servers()
        for process in self.processes.values():
            if process.log.exists():
                process.log.replace(process.log.with_suffix(".previous.log"))
        self._must_drop = self._throwaway
        try:
            for wave in known.WAVES:
                here = [name for name in wave if name in self.processes]
                for name in here:
                    self.processes[name].start()
                for name in here:
                    self._wait_for(name)
        except BaseException:  # Ctrl-C too
            self.stop()
            raise

    def restart(self, name: str) -> None:
        """Start a part again that was killed or stopped; it answers afterwards."""
        self.processes[name].start()
        self._wait_for(name)

    def stop(self) -> None:
        """No process of ours is left afterwards; calling it again does nothing."""
        try:
            for wave in reversed(known.WAVES):
                here = [name for name in reversed(wave) if name in self.processes]
                for name in here:
                    self.processes[name].ask_to_stop()
                for name in here:
                    self.processes[name].stop(grace_s=known.PARTS[name].grace_s)
        finally:
            for process in self.processes.values():
                process.kill()
        if self._must_drop:
            self._must_drop = False
            self._drop_database()

    def check(self) -> None:
        """Raises: PartDied, for a part that ended by itself."""
        for name, process in self.processes.items():
            if known.PARTS[name].answers:
                process.require_running()

    def watch(self) -> NoReturn:
        """Raises: PartDied, as soon as a part ends by itself."""
        while True:
            self.check()
            time.sleep(_WATCH_S)

    def _process(self, name: str) -> Process:
        environment = dict(self.environment)
        if name == "sandbox":
            for variable in VENDOR_KEYS:
                environment[f"SANDBOX_{variable}"] = environment[variable]
        if name in ("worker", "beat") and environment.get("LOG_LEVEL") != "DEBUG":
            environment["LOG_LEVEL"] = "INFO"  # the line that says "ready" is of this level
        return Process(
            name,
            known.PARTS[name].command(self.addresses),
            log=self.addresses.folder / "logs" / f"{name}.log",
            environment=environment,
            folder=ROOT,
        )

    def _wait_for(self, name: str) -> None:
        process, answers = self.processes[name], known.PARTS[name].answers
        if answers is None:
            process.wait_until_done(wait_s=_START_S)
        else:
            process.wait_until(lambda: answers(self.addresses, process), wait_s=_START_S)

    def _drop_database(self) -> None:
        uri, wait_ms = self.addresses.mongo_uri, int(_FOREIGN_S * 1000)
        # A server that went away meanwhile is no reason to fail in the end.
        with (
            suppress(PyMongoError),
            pymongo.MongoClient[dict[str, object]](uri, serverSelectionTimeoutMS=wait_ms) as client,
        ):
            client.drop_database(self.addresses.database)

    def _require_foreign_servers(self) -> None:
        """A wrong address in the environment is told as such, not as a part that failed."""
        if self._foreign_database:
            problem = known.database_problem(self.addresses.mongo_uri, wait_s=_FOREIGN_S)
            if problem:
                raise NobodyAnswers("MONGO_URI", problem)
        if self._foreign_redis and (problem := known.valkey_problem(self.addresses.redis_url)):
            raise NobodyAnswers("REDIS_URL", problem)
