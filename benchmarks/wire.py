"""An HTTP client with little overhead: it sends prepared bytes over connections that it keeps."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

HOST = "localhost"
_ANSWER_S = 60.0
_CHUNK = 65536


def build_request(
    method: str, path: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> bytes:
    """The bytes of one HTTP/1.1 request."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Connection:
    """One connection to a web server on this machine, opened on first use."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def send(self, ready: bytes) -> bytes:
        """Send a request, and return the body of the answer.

        Raises: AssertionError unless the status is 200.
        """
        if self._socket is None:
            self._socket = socket.create_connection((HOST, self._port), timeout=_ANSWER_S)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(ready)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._receive()
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), answer.decode(errors="replace")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        while len(body) < int(fields[b"content-length"]):
            body += self._receive()
        if fields.get(b"connection") == b"close":
            self.close()
        return body

    def _receive(self) -> bytes:
        assert self._socket is not None
        received = self._socket.recv(_CHUNK)
        assert received, "the server closed the connection"
        return received

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def send_all(port: int, requests: Sequence[bytes], *, connections: int) -> float:
    """Send the requests over parallel connections, and return how many seconds that took."""

    def send_share(first: int) -> None:
        connection = Connection(port)
        try:
            for ready in requests[first::connections]:
                connection.send(ready)
        finally:
            connection.close()

    with ThreadPoolExecutor(connections) as pool:
        begun = time.perf_counter()
        list(pool.map(send_share, range(connections)))
        return time.perf_counter() - begun


def is_up(port: int) -> bool:
    """True if a server listens on the port."""
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True
