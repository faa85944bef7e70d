import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiohttp import web

from router.control import names, webhook_post
from router.control.webhook_message import Message
from router.control.webhook_post import INWARD, Hook, post
from tests.support.hooks import HOOK, NOW

TOLD = Message("rollback", "d1", "support", b'{"percent":0}')


class Receiver:
    """Somebody who is told; answers with `status`."""

    def __init__(self) -> None:
        self.status = 204
        self.headers: dict[str, str] = {}
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.port = 0
        self.is_slow = False

    async def take(self, request: web.BaseRequest) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.got.append((request.path_qs, headers, await request.read()))
        if self.is_slow:
            await asyncio.Event().wait()
        return web.Response(status=self.status, headers=self.headers)

    def hook(self, host: str = "127.0.0.1", *, allow_private: bool = True) -> Hook:
        url = f"http://{host}:{self.port}/hooks/KEY?a=b"
        return replace(HOOK, url=url, allow_private=allow_private)


@asynccontextmanager
async def listening(
    take: Callable[[web.BaseRequest], Awaitable[web.Response]],
) -> AsyncIterator[int]:
    runner = web.ServerRunner(web.Server(take), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    found = Receiver()
    async with listening(found.take) as found.port:
        yield found


def named(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Let every name lead there."""

    async def resolve(_host: str) -> Sequence[str]:
        return addresses

    monkeypatch.setattr(names, "resolve", resolve)


async def test_a_message_arrives_whole_and_signed(receiver: Receiver) -> None:
    assert await post(receiver.hook(), TOLD, NOW) == ""
    ((path, headers, body),) = receiver.got
    assert (path, body) == ("/hooks/KEY?a=b", TOLD.body)
    assert headers["user-agent"] == "gray-router-webhook"
    for name, value in TOLD.headers(HOOK.secret, NOW).items():
        assert headers[name] == value


@pytest.mark.parametrize("status", [400, 404, 410, 429, 500, 503])
async def test_only_2xx_is_taken(receiver: Receiver, status: int) -> None:
    receiver.status = status
    assert await post(receiver.hook(), TOLD, NOW) == f"status {status}"


async def test_a_redirect_is_followed_by_nobody(receiver: Receiver) -> None:
    receiver.status, receiver.headers = 307, {"location": "/elsewhere"}
    assert await post(receiver.hook(), TOLD, NOW) == "status 307"
    assert len(receiver.got) == 1


async def test_who_does_not_answer_in_time_has_not_taken_it(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_post, "PATIENCE", 0.2)
    receiver.is_slow = True
    assert await post(receiver.hook(), TOLD, NOW) == "timeout"


async def test_nobody_there_is_a_reason_too(receiver: Receiver) -> None:
    hook = receiver.hook()
    async with listening(receiver.take) as port:
        pass
    assert await post(replace(hook, url=f"http://127.0.0.1:{port}/"), TOLD, NOW) == "refused"


async def test_a_certificate_that_nobody_vouches_for_is_refused(receiver: Receiver) -> None:
    hook = receiver.hook()
    assert await post(replace(hook, url=hook.url.replace("http:", "https:")), TOLD, NOW) == "tls"
    assert receiver.got == []


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254"])
async def test_this_machine_is_not_told_unless_it_may(receiver: Receiver, host: str) -> None:
    assert await post(receiver.hook(host, allow_private=False), TOLD, NOW) == INWARD
    assert receiver.got == []


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254"])
async def test_a_name_that_leads_to_this_machine_is_not_followed(
    receiver: Receiver, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    named(monkeypatch, address)
    hook = receiver.hook("chat.example.com", allow_private=False)
    assert await post(hook, TOLD, NOW) == INWARD
    assert receiver.got == []


async def test_a_name_is_asked_anew_for_each_post(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    named(monkeypatch, "127.0.0.1")
    assert await post(receiver.hook("chat.example.com"), TOLD, NOW) == ""
    assert len(receiver.got) == 1
    named(monkeypatch)
    assert await post(receiver.hook("chat.example.com"), TOLD, NOW) == "unreachable"


def test_a_hook_is_known_by_its_site_alone() -> None:
    assert HOOK.site == "https://chat.example.com"
    assert "KEY" not in repr(HOOK)
    assert HOOK.secret not in repr(HOOK)
