import asyncio
import gzip
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from router.compare.pair import Answer, Asked, Loss
from router.model import Variant
from router.replay.sending import Backends
from router.routing.snapshot import Endpoint, Forward, HeaderPolicy, Upstream
from tests.support.shadows import shadow_to

GET = Asked(b"GET", b"/a?b=%2F", [(b"host", b"support.example.com")], b"", 0)
POST = Asked(b"POST", b"/v1", [(b"content-type", b"text/plain")], b"hello", 5)

Does = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def asked(legacy: Does, ai: Does, request: Asked = GET, **shadow: object) -> list[Answer]:
    async with _served(legacy) as old, _served(ai) as new:
        to = shadow_to(old.port or 0, new.port or 0, **shadow)
        async with Backends(to, HeaderPolicy(), time.monotonic) as backends:
            return list(await backends.ask(request, b"replay-1"))


def _served(does: Does) -> TestServer:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", does)
    return TestServer(app, host="127.0.0.1")


async def ok(_: web.Request) -> web.Response:
    return web.Response(body=b"ok", headers={"X-Gray-Model": "gpt-x"})


async def test_both_variants_are_asked_and_their_answers_come_as_they_were_sent() -> None:
    async def packed(_: web.Request) -> web.Response:
        return web.Response(
            status=404, body=gzip.compress(b"hello"), headers={"Content-Encoding": "gzip"}
        )

    legacy, ai = await asked(ok, packed)
    assert (legacy.variant, legacy.status, legacy.body, legacy.loss) == (
        Variant.LEGACY,
        200,
        b"ok",
        None,
    )
    assert (b"x-gray-model", b"gpt-x") in legacy.fields
    assert (ai.variant, ai.status, gzip.decompress(ai.body)) == (Variant.AI, 404, b"hello")
    assert 0 < ai.first_byte <= ai.seconds


async def test_a_request_arrives_as_it_was_recorded() -> None:
    seen: list[tuple[str, str, bytes, dict[str, str]]] = []

    async def note(request: web.Request) -> web.Response:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        seen.append((request.method, request.raw_path, body, headers))
        return web.Response()

    await asked(note, ok)
    await asked(note, ok, POST)
    (method, path, _, headers), (posted, _, body, _) = seen
    assert (method, path) == ("GET", "/a?b=%2F")
    assert headers == {
        "host": "support.example.com",
        "x-request-id": "replay-1",
        "x-gray-shadow": "1",
        "x-gray-variant": "legacy",
    }
    assert (posted, body) == ("POST", b"hello")


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async def elsewhere(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/other"})

    legacy, _ = await asked(elsewhere, ok)
    assert (legacy.status, legacy.loss) == (302, None)


async def test_a_large_answer_is_hashed_and_not_kept() -> None:
    async def large(_: web.Request) -> web.Response:
        return web.Response(body=b"x" * 100_000)

    legacy, ai = await asked(large, ok, max_body=1000)
    assert (legacy.body, legacy.size) == (b"", 100_000)
    assert legacy.digest == blake2b(b"x" * 100_000, digest_size=16).digest()
    assert (ai.body, ai.digest) == (b"ok", b"")


async def test_one_side_that_hangs_is_given_up_and_the_other_one_counts() -> None:
    async def hang(_: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    legacy, ai = await asked(ok, hang, timeout=0.2)
    assert (legacy.loss, ai.loss, ai.status) == (None, Loss.TIMEOUT, 0)


async def test_a_connection_that_ends_too_early_is_a_loss() -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b"half")
        assert request.transport is not None
        request.transport.abort()
        return response

    legacy, _ = await asked(cut, ok)
    assert (legacy.status, legacy.loss) == (200, Loss.LOST)


async def test_nobody_there_and_no_http_are_told_apart(unused_tcp_port: int) -> None:
    async def garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"no HTTP at all\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(garbage, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        async with Backends(
            shadow_to(unused_tcp_port, port), HeaderPolicy(), time.monotonic
        ) as backends:
            legacy, ai = await backends.ask(GET, b"replay-1")
    assert (legacy.loss, ai.loss) == (Loss.UNREACHABLE, Loss.MALFORMED)


async def test_values_go_out_byte_for_byte_and_long_lines_come_back_whole() -> None:
    heads: list[bytes] = []
    long = b"a" * 200_000

    async def raw(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nx-long: " + long + b"\r\ncontent-length: 2\r\n\r\nok")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(raw, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        async with Backends(shadow_to(port, port), HeaderPolicy(), time.monotonic) as backends:
            fields = [*GET.fields, (b"x-name", "Zoë €".encode())]
            answers = await backends.ask(replace(GET, fields=fields), b"replay-1")
    assert all("x-name: Zoë €\r\n".encode() in head for head in heads)
    assert [(it.loss, dict(it.fields)[b"x-long"], it.body) for it in answers] == [
        (None, long, b"ok")
    ] * 2


async def test_endpoints_take_turns_and_may_be_unix_sockets(tmp_path: Path) -> None:
    async def who(request: web.Request) -> web.Response:
        assert request.transport is not None
        return web.Response(text=str(request.transport.get_extra_info("sockname")))

    app = web.Application()
    app.router.add_get("/{path:.*}", who)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        path = str(tmp_path / "s")
        await web.UnixSite(runner, path).start()
        async with _served(who) as tcp:
            shadow = shadow_to(tcp.port or 0, tcp.port or 0)
            both = Upstream((Endpoint(path, 0), Endpoint("127.0.0.1", tcp.port or 0)))
            shadow = type(shadow)(shadow.sends, shadow.share, shadow.key, both, shadow.ai)
            async with Backends(shadow, HeaderPolicy(), time.monotonic) as backends:
                answers = [(await backends.ask(GET, b"1"))[0].body for _ in range(4)]
    finally:
        await runner.cleanup()
    assert answers[0] == answers[2] == path.encode()
    assert answers[1] == answers[3] != answers[0]


@pytest.fixture
def unused_tcp_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def test_what_a_variant_may_not_see_is_masked_for_it_alone() -> None:
    bodies: dict[str, bytes] = {}

    def noting(name: str) -> Does:
        async def note(request: web.Request) -> web.Response:
            bodies[name] = await request.read()
            return web.Response()

        return note

    body = b'{"email": "ada@example.com"}'
    request = Asked(b"POST", b"/", [], body, len(body))
    async with _served(noting("legacy")) as old, _served(noting("ai")) as new:
        shadow = shadow_to(old.port or 0, new.port or 0)
        shadow = replace(shadow, ai=replace(shadow.ai, forward=Forward(mask=("/email",))))
        async with Backends(shadow, HeaderPolicy(), time.monotonic) as backends:
            assert backends.may_ask(request)
            assert not backends.may_ask(replace(request, body=b"no JSON"))
            packed = replace(request, fields=[(b"content-encoding", b"gzip")])
            assert not backends.may_ask(packed)
            await backends.ask(request, b"replay-1")
    assert bodies == {"legacy": body, "ai": b'{"email":"[masked]"}'}
