"""Entry point: `python -m dev.sandbox`."""

import asyncio
import logging
import signal
import socket
import sys
from dataclasses import replace

from dev.sandbox.config import Config, read_config
from dev.sandbox.journal import JournalDamaged
from dev.sandbox.server import Sandbox


def main() -> int:
    """Serve until SIGTERM or SIGINT. Returns 0 after a clean stop, 1 if the start failed."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    config = read_config()
    try:
        listener = _listen(config)
    except OSError as exc:
        print(f"cannot listen on {config.host}:{config.port}: {exc}", file=sys.stderr)
        return 1
    try:
        asyncio.run(_serve(_with_address(config, listener), listener))
    except (JournalDamaged, OSError) as exc:
        print(f"sandbox stopped: {exc}", file=sys.stderr)
        return 1
    return 0


def _listen(config: Config) -> socket.socket:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    return socket.create_server((config.host, config.port), family=family, backlog=256)


def _with_address(config: Config, listener: socket.socket) -> Config:
    """Fill in the port the system chose and the public address that follows from it."""
    port = listener.getsockname()[1]
    host = f"[{config.host}]" if ":" in config.host else config.host
    public_url = config.public_url or f"http://{host}:{port}"
    return replace(config, port=port, public_url=public_url.rstrip("/"))


async def _serve(config: Config, listener: socket.socket) -> None:
    sandbox = Sandbox(config)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await sandbox.start(listener)
    try:
        # The program that started the sandbox waits for this line, the only one on standard output.
        print(f"sandbox ready on http://{config.host}:{config.port}", flush=True)
        await stop.wait()
    finally:
        await sandbox.stop()


if __name__ == "__main__":
    raise SystemExit(main())
