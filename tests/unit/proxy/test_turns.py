import asyncio
import socket

from router.proxy.turns import give_turn_away


class Reader(asyncio.Protocol):
    """Notes what happens to it; it reads on when it is told to."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.has_read_on = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self.heard.append(f"read {data.decode()}")

    def read_on(self) -> None:
        self.heard.append("read on")
        self.has_read_on.set()


async def test_whoever_gives_its_turn_away_reads_on_after_those_who_waited() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        transport, reader = await asyncio.get_running_loop().create_connection(Reader, sock=ours)
        asyncio.get_running_loop().call_soon(reader.heard.append, "another")
        give_turn_away(transport, reader)
        assert reader.heard == []
        assert not transport.is_reading()
        await reader.has_read_on.wait()
        transport.close()
    assert reader.heard == ["another", "read on"]
