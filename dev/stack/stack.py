"""Starts the parts in order, watches them, and stops them in the reverse order."""

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
from dev.stack.addresses import ROOT, VENDOR_KEYS, build_environment, choose_addresses
from dev.stack.errors import ServerAbsent
from dev.stack.ports import Ports
from dev.stack.process import Process

ALL_PARTS = tuple(known.PARTS)
# A loaded machine with two cores may need most of this time. A dead part is reported earlier.
_START_S = 60.0
_EXTERNAL_S = 5.0
_WATCH_S = 0.5


class Stack:
    """The requested parts answer inside `with`, and none of their processes is left after it.

    folder: for data and logs; a later stack on the same folder finds the data.
    ports: by default free ones.
    env: variables added to those of this process; they win over every choice made here. A
    MONGO_URI, REDIS_URL or RABBITMQ_URL in either replaces our own server, unless it is empty.
    throwaway: on a MongoDB named in the environment, use a new database and drop it at the end.

    Raises: StackError, and leaves no process running.
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
        self.addresses = choose_addresses(
            Path(folder).resolve(), ports or Ports.free(), given, throwaway=throwaway
        )
        self.environment = {**given, **build_environment(self.addresses), **(env or {})}
        # An empty variable asked for our own server: it now gets that server's address.
        for name in ("MONGO_URI", "MONGO_DB_NAME", "REDIS_URL", "RABBITMQ_URL"):
            self.environment[name] = build_environment(self.addresses)[name]
        self._external_database = bool(given.get("MONGO_URI"))
        self._external_redis = bool(given.get("REDIS_URL"))
        external_valkey = self._external_redis and bool(given.get("RABBITMQ_URL"))
        self._throwaway = throwaway and self._external_database
        self._must_drop = False
        wanted = set(parts)
        if unknown := wanted - set(ALL_PARTS):
            raise ValueError(f"no such parts: {', '.join(sorted(unknown))}")
        wanted -= {"database"} if self._external_database else set()
        wanted -= {"valkey"} if external_valkey else set()
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
        """Start every part and wait until it answers. Raises: StackError, with no part left."""
        self.addresses.ports.require_free(tuple(self.processes))
        self._require_external_servers()
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
        """Start a killed or stopped part again, and wait until it answers."""
        self.processes[name].start()
        self._wait_for(name)

    def stop(self) -> None:
        """End every process of ours. A second call does nothing."""
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
        """Raises: PartDied, if a part ended without being stopped."""
        for name, process in self.processes.items():
            if known.PARTS[name].answers:
                process.require_running()

    def watch(self) -> NoReturn:
        """Wait. Raises: PartDied, as soon as a part ends without being stopped."""
        while True:
            self.check()
            time.sleep(_WATCH_S)

    def _process(self, name: str) -> Process:
        environment = dict(self.environment)
        if name == "sandbox":
            for variable in VENDOR_KEYS:
                environment[f"SANDBOX_{variable}"] = environment[variable]
        if name in ("worker", "beat") and environment.get("LOG_LEVEL") != "DEBUG":
            environment["LOG_LEVEL"] = "INFO"  # the line with "ready" has this level
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
        uri, wait_ms = self.addresses.mongo_uri, int(_EXTERNAL_S * 1000)
        # If the server is gone by now, the stop still succeeds.
        with (
            suppress(PyMongoError),
            pymongo.MongoClient[dict[str, object]](uri, serverSelectionTimeoutMS=wait_ms) as client,
        ):
            client.drop_database(self.addresses.database)

    def _require_external_servers(self) -> None:
        """Raises: ServerAbsent, which names the variable with the wrong address."""
        if self._external_database:
            problem = known.database_problem(self.addresses.mongo_uri, wait_s=_EXTERNAL_S)
            if problem:
                raise ServerAbsent("MONGO_URI", problem)
        if self._external_redis and (problem := known.valkey_problem(self.addresses.redis_url)):
            raise ServerAbsent("REDIS_URL", problem)
