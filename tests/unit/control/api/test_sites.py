import asyncio

import pytest
from aiohttp import ClientConnectionError, ClientSession

from router.control.api.access import Access
from router.control.api.app import probe_app
from router.control.api.sites import Site, guard_for, serving
from router.control.listening import listen, local_address
from router.model import Address
from tests.support.admin_api import AdminApi


def test_a_guard_begins_with_nobody_signed_in_and_secrets_of_his_own() -> None:
    guard = guard_for(Access, lambda: 0.0)
    cookies = {guard.sessions.begin("first.last", "")[0] for _ in range(3)}
    assert len(cookies) == 3
    assert min(map(len, cookies)) >= 43  # 256 bits
    assert guard_for(Access, lambda: 0.0).sessions.find(cookies.pop()) is None


async def test_several_sites_are_served_until_the_end() -> None:
    async with AdminApi.serving() as api:
        listeners = [listen(Address("127.0.0.1", 0), "admin.listen") for _ in range(2)]
        urls = [f"http://{local_address(each).authority}/livez" for each in listeners]
        sites = [Site(probe_app(api.probes), each) for each in listeners]
        async with ClientSession() as client:
            async with serving(sites):
                for url in urls:
                    async with client.get(url) as answer:
                        assert answer.status == 200
            for url in urls:
                with pytest.raises(ClientConnectionError):
                    await client.get(url)


MARK = "m4rk3d"


@pytest.mark.parametrize(
    "sent",
    [
        f"GET /livez HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {MARK}\x7f\r\n\r\n",
        f"GET /livez HTTP/1.1\r\nHost: localhost\r\nAuthorization: {MARK}{'x' * 9000}\r\n\r\n",
        f"GET /livez HTTP/1.1\r\nHost: localhost\r\nAuthorization : {MARK}\r\n\r\n",
        f"GET http://[{MARK}/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        f"POST /livez HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{MARK}\r\n",
        f"POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 6\r\n\r\n{MARK}",
    ],
    ids=["byte", "long", "space", "target", "chunk", "coding"],
)
async def test_nothing_of_a_request_that_is_no_http_reaches_a_log(
    sent: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with AdminApi.serving() as api:
        listener = listen(Address("127.0.0.1", 0), "admin.listen")
        port = local_address(listener).port
        async with serving([Site(probe_app(api.probes), listener)]):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(sent.encode())
            answer = await reader.read()
            writer.close()
    assert answer.split(b" ")[1] in {b"400", b"404"}
    assert not caplog.records
