import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from router.errors import WireError
from router.wire import handover
from router.wire.codec import encode
from router.wire.handover import receive_hello, send_hello
from router.wire.messages import Applied, Hello, Telemetry


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        yield ours, theirs


def hello(*slots: int) -> Hello:
    return Hello("worker-1", 4711, list(slots), 3)


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_descriptors_arrive_with_their_hello_and_no_byte_is_read_too_many(
    ends: tuple[socket.socket, socket.socket], tmp_path: Path
) -> None:
    ours, theirs = ends
    with (tmp_path / "memory").open("w") as memory, socket.create_server(("", 0)) as listener:
        sent = [memory.fileno(), listener.fileno()]
        send_hello(theirs, hello(0), sent)
        theirs.send(encode(Telemetry()))
        said, received = await receive_hello(ours)
        assert said == hello(0)
        assert [os.fstat(fd).st_ino for fd in received] == [os.fstat(fd).st_ino for fd in sent]
    assert ours.recv(1000) == encode(Telemetry())
    assert not any(os.get_inheritable(descriptor) for descriptor in received)
    for descriptor in received:
        os.close(descriptor)


@pytest.mark.parametrize("count", [240, 241, 500])
async def test_more_descriptors_than_the_kernel_takes_at_once_arrive_as_well(
    ends: tuple[socket.socket, socket.socket], count: int
) -> None:
    ours, theirs = ends
    send_hello(theirs, hello(*range(count - 1)), [theirs.fileno()] * count)
    theirs.send(b"next")
    _, received = await receive_hello(ours)
    assert len(received) == count
    assert ours.recv(10) == b"next"
    for descriptor in received:
        os.close(descriptor)


async def test_a_hello_that_comes_slowly_is_waited_for(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = ends
    frame = encode(hello())
    receiving = asyncio.ensure_future(receive_hello(ours))
    socket.send_fds(theirs, [frame[:1]], [theirs.fileno()])
    for at in range(1, len(frame)):
        await asyncio.sleep(0)
        theirs.send(frame[at : at + 1])
    said, [descriptor] = await receiving
    assert said == hello()
    os.close(descriptor)


@pytest.mark.parametrize(
    ("frame", "descriptors"),
    [
        (encode(Applied(1)), 1),
        (encode(hello(0)), 1),
        (encode(hello(0)), 3),
        (encode(hello(0))[:9], 2),
        ((handover.LONGEST_HELLO + 1).to_bytes(4, "big"), 1),
        (b"GET / HTTP/1.1\r\n\r\n", 1),
    ],
    ids=["another word", "too few", "too many", "cut", "too long", "another language"],
)
async def test_anything_else_is_refused_and_what_it_brought_is_closed(
    ends: tuple[socket.socket, socket.socket], frame: bytes, descriptors: int
) -> None:
    ours, theirs = ends
    socket.send_fds(theirs, [frame], [theirs.fileno()] * descriptors)
    theirs.shutdown(socket.SHUT_WR)
    before = open_descriptors()
    with pytest.raises(WireError):
        await receive_hello(ours)
    assert open_descriptors() == before


async def test_whoever_resets_the_connection_is_refused(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = ends
    ours.send(b"never read")
    theirs.close()
    with pytest.raises(WireError):
        await receive_hello(ours)
