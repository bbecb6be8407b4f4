"""The proxy of the tests causes exactly one network fault at a time."""

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
    """A proxy before a server that returns every byte."""
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


def connect(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=2)


def echo_word(client: socket.socket) -> bytes:
    client.sendall(WORD)
    received = b""
    while len(received) < len(WORD):
        received += client.recv(4096) or pytest.fail("closed")
    return received


def is_closed(client: socket.socket) -> bool:
    """Whether the other side has closed or reset the connection."""
    try:
        return client.recv(1) == b""
    except ConnectionError:
        return True


def test_a_good_network_carries_every_byte(proxy: Proxy) -> None:
    """In both directions."""
    with connect(proxy) as client:
        assert echo_word(client) == WORD


def test_a_cut_network_refuses_connections_until_it_is_restored(proxy: Proxy) -> None:
    """Open connections are aborted."""
    with connect(proxy) as client:
        echo_word(client)
        proxy.cut()
        with pytest.raises(ConnectionRefusedError):
            connect(proxy)
        assert is_closed(client)
    proxy.restore()
    with connect(proxy) as client:
        assert echo_word(client) == WORD


def test_muted_bytes_arrive_after_the_restore(proxy: Proxy) -> None:
    """Nothing arrives before, and nothing is lost."""
    with connect(proxy) as client:
        echo_word(client)
        proxy.mute()
        client.sendall(WORD)
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.recv(1)
        proxy.restore()
        client.settimeout(2)
        assert client.recv(4096) == WORD


@pytest.mark.parametrize("fault", ["delay", "drip"])
def test_a_slow_network_delays_every_byte(proxy: Proxy, fault: str) -> None:
    """There and back, whole or in small pieces."""
    proxy.delay(0.2) if fault == "delay" else proxy.drip(8, 0.02)

    with connect(proxy) as client:
        began = time.monotonic()
        received = echo_word(client)

    assert received == WORD
    assert time.monotonic() - began > (0.4 if fault == "delay" else len(WORD) / 8 * 0.02)


def test_a_connection_is_reset_after_a_number_of_bytes(proxy: Proxy) -> None:
    """By a reset and not a close; so is the next connection."""
    proxy.reset_after(3 * len(WORD))
    for _ in range(2):
        with connect(proxy) as client:
            echo_word(client)
            with pytest.raises(ConnectionResetError):
                echo_word(client)


def test_a_limited_number_of_connections_is_reset(proxy: Proxy) -> None:
    """The network is good afterwards."""
    proxy.reset_after(10, times=1)
    with connect(proxy) as client, pytest.raises(ConnectionResetError):
        echo_word(client)
    with connect(proxy) as client:
        assert echo_word(client) == WORD


def test_a_network_that_swallows_bytes_answers_none(proxy: Proxy) -> None:
    """A connection that lost bytes is reset at the restore."""
    with connect(proxy) as before:
        echo_word(before)
        proxy.swallow()
        with connect(proxy) as client:
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
    with connect(proxy) as client:
        assert echo_word(client) == WORD
