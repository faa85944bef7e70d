"""Replicas on real sockets: who is heard, by what, and who is not."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from router.control.fleet import peer_site
from router.control.fleet.messages import LARGEST
from router.tasks import TaskOwner
from tests.support.background import Told, events, owner
from tests.support.certificates import Authority
from tests.support.peers import (
    SOON,
    Peer,
    Radio,
    Town,
    Trust,
    replica,
    rolled_back,
    word,
)

HOUR = 3600.0


@pytest.fixture
def told() -> Iterator[list[Told]]:
    with events() as told:
        yield told


@pytest.fixture
async def tasks() -> AsyncIterator[TaskOwner]:
    with owner() as tasks:
        yield tasks
        await tasks.close()


@pytest.fixture
async def town(tasks: TaskOwner) -> AsyncIterator[Town]:
    async with Town(tasks) as town:
        yield town


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture(params=["secret", "certificates", "both"])
def trusts(request: pytest.FixtureRequest, authority: Authority) -> list[Trust]:
    """Return by what two replicas know each other."""
    if request.param == "secret":
        return [Trust(), Trust()]
    keys = {} if request.param == "both" else {"key": ""}
    return [
        Trust(own=authority.issue("IP:127.0.0.1"), authority=authority.pem, **keys)
        for _ in range(2)
    ]


async def unheard(one: Peer, other: Peer) -> str:
    """Tell of a rollback in vain, and return why."""
    why = await one.fail_to_tell(other)
    assert other.workers.obeyed == []
    return why


async def test_replicas_that_know_each_other_obey(town: Town, trusts: list[Trust]) -> None:
    one, other = await town.settle("r1", trusts[0]), await town.settle("r2", trusts[1])
    assert await one.tell(other) == word("r2")
    assert await other.tell(one, rolled_back("orders")) == word("r1", "orders")
    assert other.workers.obeyed == [(rolled_back(),)]
    assert one.workers.obeyed == [(rolled_back("orders"),)]


@pytest.mark.parametrize("step", [-HOUR, HOUR])
async def test_a_clock_that_was_stepped_keeps_no_rollback_from_being_heard(
    town: Town, trusts: list[Trust], step: float
) -> None:
    one, other = await town.settle("r1", trusts[0]), await town.settle("r2", trusts[1])
    one.clock.now += step
    assert await one.tell(other) == word("r2")
    assert await other.tell(one) == word("r1")
    other.clock.now += 2 * step
    assert await one.tell(other, rolled_back(epoch=2)) == word("r2")


async def test_many_services_at_once_are_told_in_as_many_messages_as_it_takes(
    town: Town, trusts: list[Trust]
) -> None:
    one, other = await town.settle("r1", trusts[0]), await town.settle("r2", trusts[1])
    releases = [rolled_back(f"s{number}", 16, "x" * 500) for number in range(500)]
    words = await one.tell_all(other, *releases)
    assert [said.service for said in words] == [release.service for release in releases]
    assert [each for part in other.workers.obeyed for each in part] == releases
    assert len(other.workers.obeyed) > 1


async def test_by_pub_sub_and_directly_at_once_it_is_obeyed_once(tasks: TaskOwner) -> None:
    async with Town(tasks, Radio()) as town:
        one, other = await town.settle("r1"), await town.settle("r2")
        other.workers.may_answer.clear()
        for peer in (one, other):
            tasks.spawn(peer.peers.outreach.run(), "outreach")
        async with asyncio.timeout(SOON):
            telling = asyncio.ensure_future(one.tell(other))
            for _ in ("by pub/sub", "directly"):
                await other.company.meetings.get()
            other.workers.may_answer.set()
            assert await telling == word("r2")
        assert other.workers.obeyed == [(rolled_back(),)]


# Who is not heard...


async def test_another_secret_is_forged(town: Town, told: list[Told]) -> None:
    one = await town.settle("r1", Trust("another-key-of-as-many-characters"))
    other = await town.settle("r2")
    assert await unheard(one, other) == "forged"
    assert ("peer_refused", {"source": "127.0.0.1", "because": "forged"}) in told


async def test_certificates_of_an_authority_do_not_stand_for_a_secret(
    town: Town, authority: Authority
) -> None:
    own, theirs = authority.issue("IP:127.0.0.1"), authority.issue("IP:127.0.0.1")
    one = await town.settle("r1", Trust("", own, authority.pem))
    other = await town.settle("r2", Trust(own=theirs, authority=authority.pem))
    assert await unheard(one, other) == "forged"


async def test_an_address_that_leads_to_another_replica_is_misdirected(town: Town) -> None:
    one, other = await town.settle("r1"), await town.settle("r2")
    other.company.own = replace(replica("r3"), advertise=other.presence.advertise)
    assert await unheard(one, other) == "misdirected"


async def test_who_has_no_certificate_is_not_let_in(town: Town, authority: Authority) -> None:
    theirs = Trust(own=authority.issue("IP:127.0.0.1"), authority=authority.pem)
    one, other = await town.settle("r1"), await town.settle("r2", theirs)
    assert await unheard(one, other) == "tls"


@pytest.mark.parametrize("is_caller", [True, False])
async def test_a_certificate_of_another_authority_is_none(
    town: Town, authority: Authority, tmp_path: Path, *, is_caller: bool
) -> None:
    foreign = Authority(tmp_path, "foreign").issue("IP:127.0.0.1")
    ours = authority.issue("IP:127.0.0.1")
    shown = (foreign, ours) if is_caller else (ours, foreign)
    one, other = [
        await town.settle(name, Trust(own=own, authority=authority.pem))
        for name, own in zip(("r1", "r2"), shown, strict=True)
    ]
    assert await unheard(one, other) in ("tls", "lost")


async def test_a_certificate_for_another_host_is_none(town: Town, authority: Authority) -> None:
    ours, theirs = authority.issue("IP:127.0.0.1"), authority.issue("IP:10.0.0.3")
    one = await town.settle("r1", Trust(own=ours, authority=authority.pem))
    other = await town.settle("r2", Trust(own=theirs, authority=authority.pem))
    assert await unheard(one, other) == "tls"


# What is not taken...


@contextlib.asynccontextmanager
async def tapped(peer: Peer) -> AsyncIterator[bytearray]:
    """Have others reach a peer by a relay that keeps all that they send."""
    host, port = peer.presence.advertise.removeprefix("http://").split(":")
    heard = bytearray()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection(host, int(port))

        async def pass_on(
            source: asyncio.StreamReader, sink: asyncio.StreamWriter, kept: bytearray
        ) -> None:
            while data := await source.read(65536):
                kept += data
                sink.write(data)
            sink.close()

        await asyncio.gather(pass_on(reader, ours, heard), pass_on(theirs, writer, bytearray()))

    server = await asyncio.start_server(relay, "127.0.0.1", 0)
    between = server.sockets[0].getsockname()[1]
    peer.company.own = replace(peer.presence, advertise=f"http://127.0.0.1:{between}")
    try:
        yield heard
    finally:
        peer.company.own = replace(peer.presence, advertise=f"http://{host}:{port}")
        server.close()


async def said_to(peer: Peer, text: bytes) -> bytes:
    """Say it on a connection of its own, and return what comes back until that is closed."""
    host, port = peer.presence.advertise.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(text)
    try:
        return await asyncio.wait_for(reader.read(), SOON)
    finally:
        writer.close()


async def test_what_was_overheard_is_of_no_use(town: Town) -> None:
    one, other = await town.settle("r1"), await town.settle("r2")
    async with tapped(other) as heard:
        await one.tell(other)
        await one.peers.close()
    replayed = bytes(heard).replace(b"HTTP/1.1\r\n", b"HTTP/1.1\r\nConnection: close\r\n", 1)
    answer = await said_to(other, replayed)
    assert answer.startswith(b"HTTP/1.1 409 ")
    assert b'"repeated"' in answer
    other.clock.now += HOUR
    assert b'"untimely"' in await said_to(other, replayed)
    assert b'"misdirected"' in await said_to(one, replayed)
    assert other.workers.obeyed == [(rolled_back(),)]
    assert one.workers.obeyed == []


async def test_more_than_a_message_may_have_is_not_read(town: Town) -> None:
    peer = await town.settle("r2")
    length = f"Content-Length: {2 * LARGEST}\r\n\r\n".encode()
    head = b"POST /v1/rollback HTTP/1.1\r\nHost: r2\r\nConnection: close\r\n" + length
    answer = await said_to(peer, head + b"x" * (2 * LARGEST))
    assert answer.startswith(b"HTTP/1.1 413 ")


async def test_who_drips_is_given_up_and_others_are_heard(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer_site, "BODY_WITHIN", 0.2)
    one, other = await town.settle("r1"), await town.settle("r2")
    head = b"POST /v1/rollback HTTP/1.1\r\nHost: r2\r\nContent-Length: 100\r\n\r\n"
    dripping = [asyncio.ensure_future(said_to(other, head)) for _ in range(50)]
    assert await one.tell(other) == word("r2")
    answers = await asyncio.gather(*dripping)
    assert {answer.split()[1] for answer in answers} == {b"408", b"429"}
    assert await one.tell(other, rolled_back(epoch=2)) == word("r2")


async def test_who_does_not_finish_the_handshake_is_given_up(
    tasks: TaskOwner, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer_site, "HANDSHAKE_WITHIN", 0.2)
    async with Town(tasks) as town:
        peer = await town.settle("r2", Trust(own=authority.issue("IP:127.0.0.1")))
        host, port = peer.presence.advertise.removeprefix("https://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        assert await asyncio.wait_for(reader.read(), SOON) == b""
        writer.close()
