import contextlib
import socket
from collections.abc import Iterator

import pytest

from loadtests.bench.slow_clients import BEGINNING, Dripper, SlowReader


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def port_of(server: socket.socket) -> int:
    port: int = server.getsockname()[1]
    return port


def sent_until_it_blocks(client: socket.socket, reader: SlowReader) -> int:
    sent = 0
    with contextlib.suppress(BlockingIOError):
        while sent < 20_000_000:
            sent += client.send(b"x" * 65_536)
            reader.step()
    return sent


def test_a_dripper_adds_a_byte_to_its_header_each_time(server: socket.socket) -> None:
    dripper = Dripper(port_of(server))
    client, _ = server.accept()
    with client:
        dripper.step()
        dripper.step()
        expected = BEGINNING + b"xx"
        assert client.recv(len(expected), socket.MSG_WAITALL) == expected
        assert dripper.cut_after is None
    dripper.close()


def test_a_dripper_notes_when_it_is_cut_and_sends_no_more(server: socket.socket) -> None:
    dripper = Dripper(port_of(server))
    client, _ = server.accept()
    client.close()  # unread bytes make it a reset, which is there at once
    dripper.step()
    assert dripper.cut_after is not None
    first = dripper.cut_after
    dripper.step()
    assert dripper.cut_after == first
    dripper.close()


def test_an_answer_to_a_header_that_never_ends_is_a_cut_too(server: socket.socket) -> None:
    dripper = Dripper(port_of(server))
    client, _ = server.accept()
    with client:
        client.sendall(b"HTTP/1.1 408 Request Timeout\r\n\r\n")
        dripper.step()
        assert dripper.cut_after is not None
    dripper.close()


def test_a_slow_reader_leaves_most_of_an_answer_to_whoever_sends_it(server: socket.socket) -> None:
    reader = SlowReader(port_of(server), 7)
    client, _ = server.accept()
    with client:
        assert b"GET /huge " in client.recv(4096)
        client.setblocking(False)
        assert sent_until_it_blocks(client, reader) < 20_000_000
    reader.close()
