"""Workers and web servers that die where a test wants them to."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from payflow.embedded.addresses import ROOT
from payflow.embedded.ports import HOST, Ports, is_free
from payflow.embedded.process import Process
from payflow.embedded.stack import Stack


@contextmanager
def doomed_workers(stack: Stack, steps: Iterable[str]) -> Iterator[list[Process]]:
    """The stack's worker is replaced by one for each step, which dies there."""
    stack.processes["worker"].stop(grace_s=10)
    workers = [_doomed(stack, step) for step in steps]
    try:
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.wait_until(lambda w=worker: w.said(" ready."), wait_s=60)
        yield workers
    finally:
        for worker in workers:
            worker.kill()


@contextmanager
def doomed_web(stack: Stack, step: str, **environment: str) -> Iterator[tuple[Process, str]]:
    """A second web server that dies at the step, and its address; the stack's own stays."""
    port = Ports.free().web
    web = Process(
        step,
        [
            *(sys.executable, "-m", "daphne", "-b", HOST, "-p", str(port)),
            "tests.support.doomed_web:application",
        ],
        log=stack.addresses.folder / "logs" / f"{step}.log",
        environment={**stack.environment, "KILL_AT": step, **environment},
        folder=ROOT,
    )
    try:
        web.start()
        web.wait_until(lambda: not is_free(port), wait_s=60)
        yield web, f"http://localhost:{port}"
    finally:
        web.kill()


def _doomed(stack: Stack, step: str) -> Process:
    return Process(
        step,
        [
            *(sys.executable, "-m", "celery", "-A", "tests.support.killer", "worker"),
            *("--concurrency", "1", "--loglevel", "INFO", "-n", f"{step}@%h"),
            *("--without-gossip", "--without-mingle"),
        ],
        log=stack.addresses.folder / "logs" / f"{step}.log",
        environment={**stack.environment, "KILL_AT": step, "LOG_LEVEL": "INFO"},
        folder=ROOT,
    )
