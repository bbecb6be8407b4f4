"""A TCP proxy between a program and a server that behaves as a bad network does."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

_CHUNK = 65_536
_ANSWER_S = 10.0
# A socket that is closed with this option sends a reset and drops its unsent data.
_LINGER_NOT = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class _Condition:
    """What happens to each chunk, in both directions."""

    latency_s: float = 0.0
    piece: int = _CHUNK
    swallows: bool = False
    reset_after: int | None = None


_GOOD = _Condition()


class Proxy:
    """Forwards a local port to a server, under the network condition that was set last.

    It runs an event loop in a new thread. Every method may be called from any other thread, and
    has taken effect when it returns.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._condition = _GOOD
        self._resets_left: int | None = None
        self._links: set[_Link] = set()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True).start()
        self._server: asyncio.Server | None = None
        self.port = 0
        self._run(self._listen())

    def cut(self) -> None:
        """Refuse new connections, and abort the open ones."""
        self._run(self._cut())

    def mute(self) -> None:
        """Accept connections and hold all bytes back, as a server that hangs does."""
        self._run(self._change(_GOOD, flows=False))

    def delay(self, latency_s: float) -> None:
        """Delay each chunk by this time."""
        self._run(self._change(_Condition(latency_s=latency_s)))

    def drip(self, piece: int, every_s: float) -> None:
        """Send pieces of this size at this interval."""
        self._run(self._change(_Condition(latency_s=every_s, piece=piece)))

    def reset_after(self, octets: int, *, times: int | None = None) -> None:
        """Reset each connection when it has carried this number of bytes from now on.

        times: the number of connections that are reset, before the network is good again. Without
        it every connection is reset.
        """
        self._resets_left = times
        self._run(self._change(_Condition(reset_after=octets)))

    def swallow(self) -> None:
        """Accept every connection, and drop all its bytes."""
        self._run(self._change(_Condition(swallows=True)))

    def restore(self) -> None:
        """Make the network good again. Bytes that mute() held back arrive now.

        A connection that lost bytes to swallow() cannot go on, and is reset.
        """
        self._run(self._restore())

    def close(self) -> None:
        self._run(self._cut())
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_ANSWER_S)

    async def _listen(self) -> None:
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for link in list(self._links):
            link.abort()

    async def _change(self, condition: _Condition, *, flows: bool = True) -> None:
        self._condition = condition
        for link in self._links:
            link.carried = 0
        if flows:
            self._flowing.set()
        else:
            self._flowing.clear()

    async def _restore(self) -> None:
        await self._change(_GOOD)
        for link in list(self._links):
            if link.lost:
                link.reset()
        if self._server is None:
            await self._listen()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = _Link(writer)
        self._links.add(link)
        try:
            # If the server refuses, the client's connection is closed below.
            incoming, server = await asyncio.open_connection(*self._target)
            link.writers.append(server)
            ways = ((reader, server), (incoming, writer))
            pumps = [asyncio.create_task(self._pump(link, *way)) for way in ways]
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
        except OSError:
            pass
        finally:
            link.close()
            self._links.discard(link)

    async def _pump(
        self, link: _Link, source: asyncio.StreamReader, sink: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            while data := await source.read(_CHUNK):
                await self._flowing.wait()
                while data:
                    condition = self._condition
                    if condition.swallows:
                        link.lost = True
                        break
                    await asyncio.sleep(condition.latency_s)
                    if link.is_used_up(len(data), condition.reset_after):
                        link.reset()
                        self._count_reset()
                        return
                    piece, data = data[: condition.piece], data[condition.piece :]
                    sink.write(piece)
                    await sink.drain()

    def _count_reset(self) -> None:
        if self._resets_left is not None:
            self._resets_left -= 1
            if self._resets_left <= 0:
                self._condition = _GOOD


class _Link:
    """One connection: its two sides, and how many bytes it has carried or lost."""

    def __init__(self, client: asyncio.StreamWriter) -> None:
        self.writers = [client]
        self.carried = 0
        self.lost = False

    def is_used_up(self, octets: int, limit: int | None) -> bool:
        self.carried += octets
        return limit is not None and self.carried > limit

    def reset(self) -> None:
        for writer in self.writers:
            with suppress(OSError):
                writer.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT
                )
        self.abort()

    def abort(self) -> None:
        for writer in self.writers:
            writer.transport.abort()

    def close(self) -> None:
        for writer in self.writers:
            writer.close()
