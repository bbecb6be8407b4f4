"""The four ports of a stack: fixed for developers, free ones for tests."""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from dev.stack.errors import PortTaken, StackError

HOST = "127.0.0.1"
# Each variable moves one port.
VARIABLES = {
    "web": "PORT",
    "sandbox": "SANDBOX_PORT",
    "database": "MONGO_PORT",
    "valkey": "VALKEY_PORT",
}
# Below the range for outgoing connections: otherwise the client of one part might take the
# port of a part that has not started yet.
_FREE = range(20_000, 32_000)


@dataclass(frozen=True, kw_only=True)
class Ports:
    web: int = 8000
    sandbox: int = 9100
    database: int = 27117
    valkey: int = 6479

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Ports:
        """The usual ports, or those in the variables. Raises: StackError, if one holds no port."""
        wanted = {
            part: _port(variable, environment[variable])
            for part, variable in VARIABLES.items()
            if environment.get(variable)
        }
        return cls(**wanted)

    @classmethod
    def free(cls) -> Ports:
        """Four ports on which no program listens now."""
        candidates = (port for port in random.sample(_FREE, len(_FREE)) if is_free(port))
        return cls(**{field.name: next(candidates) for field in fields(cls)})

    def require_free(self, parts: tuple[str, ...]) -> None:
        """Raises: PortTaken, for the first of these parts whose port is taken."""
        for part, port in asdict(self).items():
            if part in parts and not is_free(port):
                raise PortTaken(port, VARIABLES[part])


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the servers do: a connection in TIME_WAIT does not take the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _port(variable: str, text: str) -> int:
    if text.isdecimal() and 0 < int(text) < 65536:
        return int(text)
    raise StackError(f"{variable} must be a port from 1 to 65535, not {text!r}.")
