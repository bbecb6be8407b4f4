"""The web server of production, in front of the session's servers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from dev.stack.addresses import ROOT
from dev.stack.ports import HOST, Ports
from dev.stack.process import Process
from dev.stack.stack import Stack

_START_S = 60.0


@contextmanager
def start_gunicorn(servers: Stack, folder: Path, **env: str) -> Iterator[tuple[str, Process]]:
    """Its address and its process, with the workers and threads of the Dockerfile."""
    port = Ports.free().web
    process = Process(
        "gunicorn",
        [
            *(sys.executable, "-m", "gunicorn", "payflow.wsgi:application"),
            *("--bind", f"{HOST}:{port}", "--worker-class", "gthread"),
            *("--workers", "2", "--threads", "8", "--timeout", "60", "--no-control-socket"),
        ],
        log=folder / "gunicorn.log",
        environment={
            **servers.environment,
            "DJANGO_SETTINGS_MODULE": "payflow.settings.test",
            "VENDOR_CONCURRENCY": "6",  # the default
            **env,
        },
        folder=ROOT,
    )
    url = f"http://{HOST}:{port}"
    process.start()
    try:
        process.wait_until(lambda: _answers(url), wait_s=_START_S)
        yield url, process
    finally:
        process.stop(grace_s=5.0)


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/health/live", timeout=5).status_code == 200
    except requests.RequestException:
        return False
