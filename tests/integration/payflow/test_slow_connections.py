"""nginx, with our configuration, in front of gunicorn: slow clients hold no thread."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests

from dev.stack.addresses import ROOT
from dev.stack.ports import HOST, Ports
from dev.stack.stack import Stack
from tests.conftest import missing
from tests.support.gunicorn import start_gunicorn
from tests.support.waiting import eventually

pytestmark = pytest.mark.usefixtures("db")
HEADERS = (
    b"POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
)
SLOW = {"headers": HEADERS, "body": HEADERS + b'Content-Length: 100\r\n\r\n{"email":'}


def adapt(text: str, *, port: int, backend: str, folder: Path) -> str:
    """Our nginx.conf for this machine: only addresses, files and the length of the time-outs."""
    changes = {
        "listen 80;": f"listen {HOST}:{port};",
        "pid /run/nginx.pid;": f"pid {folder}/nginx.pid;",
        "error_log /dev/stderr warn;": f"error_log {folder}/error.log warn;",
        "access_log /dev/stdout payflow;": f"access_log {folder}/access.log payflow;",
        "http://web:8000": backend,
        "http://hooks:8000": backend,
        "http://ws:8000": backend,
        "client_header_timeout 10s;": "client_header_timeout 3s;",
        "client_body_timeout 10s;": "client_body_timeout 3s;",
    }
    for old, new in changes.items():
        assert old in text, f"nginx.conf has no {old}"
        text = text.replace(old, new)
    paths = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    own = "".join(f"    {path}_temp_path {folder}/{path};\n" for path in paths)
    return text.replace("http {\n", f"http {{\n{own}", 1)


@pytest.fixture
def nginx(servers: Stack, tmp_path: Path) -> Iterator[str]:
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        missing("nginx")
    with start_gunicorn(servers, tmp_path) as (backend, _):
        port = Ports.free().web
        file = tmp_path / "nginx.conf"
        text = (ROOT / "deploy" / "nginx.conf").read_text()
        file.write_text(adapt(text, port=port, backend=backend, folder=tmp_path))
        tmp_path.chmod(0o755)
        process: Any = subprocess.Popen([program, "-c", file, "-g", "daemon off; user root;"])
        try:
            url = f"http://{HOST}:{port}"
            eventually(lambda: requests.get(f"{url}/nginx-health", timeout=5).status_code == 204)
            yield url
        finally:
            process.terminate()
            process.wait(timeout=10)


@pytest.mark.skipif(os.geteuid() != 0, reason="nginx is started as root")
@pytest.mark.parametrize("part", SLOW)
def test_fifty_dribbling_connections_stop_no_request(nginx: str, part: str) -> None:
    """A request is answered meanwhile, and nginx ends the slow ones by its own time-out."""
    port = int(nginx.rpartition(":")[2])
    with ExitStack() as opened:
        slow = [
            opened.enter_context(socket.create_connection((HOST, port), timeout=30))
            for _ in range(50)
        ]
        for connection in slow:
            connection.sendall(SLOW[part])

        assert requests.get(f"{nginx}/health/live", timeout=20).status_code == 200
        assert requests.get(f"{nginx}/api/v1/schema", timeout=20).status_code == 200
        for connection in slow:
            assert ended(connection)


def ended(connection: socket.socket) -> bool:
    """True once the server has closed the connection. Raises: TimeoutError if it does not."""
    try:
        while answer := connection.recv(1000):
            assert answer.startswith(b"HTTP/1.1 408"), answer
    except ConnectionResetError:
        pass
    return True
