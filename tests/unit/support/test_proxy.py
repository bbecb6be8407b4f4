"""The proxy does to a connection what a network may do, and then no more."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.support.proxy import Proxy

WORD = b"a word of sixteen" * 4


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """In front of a server that says everything back."""
    listener = socket.create_server(("127.0.0.1", 0))

    def echo(client: socket.socket) -> None:
        with client:
            try:
                while data := client.recv(4096):
                    client.sendall(data)
            except OSError:
                return

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=echo, args=(client,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    proxy = Proxy("127.0.0.1", listener.getsockname()[1])
    yield proxy
    proxy.close()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def connected(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=2)


def says_back(client: socket.socket) -> bytes:
    client.sendall(WORD)
    heard = b""
    while len(heard) < len(WORD):
        heard += client.recv(4096) or pytest.fail("closed")
    return heard


def ended(client: socket.socket) -> bool:
    """Whether the other side is gone, in order or not."""
    try:
        return client.recv(1) == b""
    except ConnectionError:
        return True


def test_fair_weather(proxy: Proxy) -> None:
    """What goes in comes out."""
    with connected(proxy) as client:
        assert says_back(client) == WORD


def test_cut_and_restored(proxy: Proxy) -> None:
    """Who was through is thrown out, nobody gets in, and afterwards all is well."""
    with connected(proxy) as client:
        says_back(client)
        proxy.cut()
        with pytest.raises(ConnectionRefusedError):
            connected(proxy)
        assert ended(client)
    proxy.restore()
    with connected(proxy) as client:
        assert says_back(client) == WORD


def test_muted_words_arrive_later(proxy: Proxy) -> None:
    """Nothing is heard, and nothing is lost."""
    with connected(proxy) as client:
        says_back(client)
        proxy.mute()
        client.sendall(WORD)
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.recv(1)
        proxy.restore()
        client.settimeout(2)
        assert client.recv(4096) == WORD


@pytest.mark.parametrize("fault", ["delay", "drip"])
def test_a_slow_network(proxy: Proxy, fault: str) -> None:
    """All of it comes, late: there and back again, or a few bytes at a time."""
    proxy.delay(0.2) if fault == "delay" else proxy.drip(8, 0.02)

    with connected(proxy) as client:
        began = time.monotonic()
        heard = says_back(client)

    assert heard == WORD
    assert time.monotonic() - began > (0.4 if fault == "delay" else len(WORD) / 8 * 0.02)


def test_a_connection_is_reset_after_so_many_bytes(proxy: Proxy) -> None:
    """A reset, not an orderly end; the next connection has as long to live."""
    proxy.reset_after(3 * len(WORD))
    for _ in range(2):
        with connected(proxy) as client:
            says_back(client)
            with pytest.raises(ConnectionResetError):
                says_back(client)


def test_some_connections_are_reset_and_then_no_more(proxy: Proxy) -> None:
    """The network was torn once, and holds."""
    proxy.reset_after(10, times=1)
    with connected(proxy) as client, pytest.raises(ConnectionResetError):
        says_back(client)
    with connected(proxy) as client:
        assert says_back(client) == WORD


def test_a_black_hole(proxy: Proxy) -> None:
    """It takes every word and gives none; a connection that lost some cannot go on."""
    with connected(proxy) as before:
        says_back(before)
        proxy.swallow()
        with connected(proxy) as client:
            for each in (before, client):
                each.settimeout(0.3)
                each.sendall(WORD)
                with pytest.raises(TimeoutError):
                    each.recv(1)
            proxy.restore()
            for each in (before, client):
                each.settimeout(2)
                with pytest.raises(ConnectionResetError):
                    each.recv(1)
    with connected(proxy) as client:
        assert says_back(client) == WORD
