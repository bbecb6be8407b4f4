"""A TCP proxy between a program and a server, and what a network may do to the two of them."""

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
# Closing a socket with this sends a reset, and drops what was not sent yet.
_LINGER_NOT = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class _Weather:
    """What happens to each chunk, in both directions."""

    latency_s: float = 0.0
    piece: int = _CHUNK
    swallows: bool = False
    reset_after: int | None = None


_FAIR = _Weather()


class Proxy:
    """Forwards a local port to a server, as well as its weather lets it.

    An event loop in a thread of its own; every method may be called from any other thread,
    and has taken effect when it returns.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._weather = _FAIR
        self._resets_left: int | None = None
        self._links: set[_Link] = set()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True).start()
        self._server: asyncio.Server | None = None
        self.port = 0
        self._run(self._listen())

    def cut(self) -> None:
        """Nobody gets through, and who was through is thrown out."""
        self._run(self._cut())

    def mute(self) -> None:
        """Who connects gets through, and never hears a word: a server that hangs, a lost route."""
        self._run(self._change(_FAIR, flows=False))

    def delay(self, latency_s: float) -> None:
        """Each chunk comes so much later."""
        self._run(self._change(_Weather(latency_s=latency_s)))

    def drip(self, piece: int, every_s: float) -> None:
        """A few bytes at a time."""
        self._run(self._change(_Weather(latency_s=every_s, piece=piece)))

    def reset_after(self, octets: int, *, times: int | None = None) -> None:
        """A connection is reset as soon as it has carried so many bytes from now on.

        times: so many connections, and then the weather is fair; all of them without it.
        """
        self._resets_left = times
        self._run(self._change(_Weather(reset_after=octets)))

    def swallow(self) -> None:
        """A black hole: every connection is accepted, every word is taken, none is answered."""
        self._run(self._change(_Weather(swallows=True)))

    def restore(self) -> None:
        """As if nothing had been; what was said while it was muted arrives now.

        A connection that lost bytes to the black hole cannot go on, and is reset.
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

    async def _change(self, weather: _Weather, *, flows: bool = True) -> None:
        self._weather = weather
        for link in self._links:
            link.carried = 0
        if flows:
            self._flowing.set()
        else:
            self._flowing.clear()

    async def _restore(self) -> None:
        await self._change(_FAIR)
        for link in list(self._links):
            if link.lost:
                link.reset()
        if self._server is None:
            await self._listen()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = _Link(writer)
        self._links.add(link)
        try:
            # Away behind our back: so it is for whoever came.
            theirs, server = await asyncio.open_connection(*self._target)
            link.writers.append(server)
            ways = ((reader, server), (theirs, writer))
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
                    weather = self._weather
                    if weather.swallows:
                        link.lost = True
                        break
                    await asyncio.sleep(weather.latency_s)
                    if link.is_used_up(len(data), weather.reset_after):
                        link.reset()
                        self._count_reset()
                        return
                    piece, data = data[: weather.piece], data[weather.piece :]
                    sink.write(piece)
                    await sink.drain()

    def _count_reset(self) -> None:
        if self._resets_left is not None:
            self._resets_left -= 1
            if self._resets_left <= 0:
                self._weather = _FAIR


class _Link:
    """One connection: its two sides, and what it has been through."""

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
