from collections.abc import AsyncIterator
from unittest import mock

import pytest
from aiohttp import StreamReader, web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request

from router.control.api.bodies import Body, answer, read_body
from router.control.api.problems import MALFORMED_BODY, RefusedError, answer_problems

Client = TestClient[web.Request, web.Application]


class Wish(Body):
    number: int
    text: str = ""


async def echo(request: web.Request) -> web.Response:
    return answer(await read_body(request, Wish))


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    app = web.Application(middlewares=[answer_problems])
    app.router.add_post("/", echo)
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_a_body_is_read_and_an_answer_written_as_json(client: Client) -> None:
    told = await client.post("/", json={"number": 7})
    assert told.status == 200
    assert await told.json() == {"number": 7, "text": ""}
    assert (await told.read()).endswith(b"\n")


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"{", "body"),
        (b'{"number": "7"}', "number"),
        (b'{"number": 7, "other": 1}', "other"),
        (b'{"number": 7, "number": 8}', "twice"),
        (b'{"number": 7, "te\\u0078t": "", "text": ""}', "twice"),
    ],
)
async def test_what_could_be_misunderstood_is_refused(
    client: Client, body: bytes, detail: str
) -> None:
    told = await client.post("/", data=body, headers={"Content-Type": "application/json"})
    assert told.status == 400
    problem = await told.json()
    assert problem["code"] == "malformed_body"
    assert detail in problem["detail"]


async def test_a_form_is_no_body(client: Client) -> None:
    told = await client.post("/", data={"number": "7"})
    assert told.status == 415
    assert (await told.json())["code"] == "not_json"


async def test_a_body_that_is_not_coded_as_it_says_is_its_senders_mistake(client: Client) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    told = await client.post("/", data=b"no gzip", headers=headers)
    assert told.status == 400
    assert (await told.json())["code"] == "malformed_body"


async def test_whoever_goes_away_in_the_middle_of_a_body_is_no_bug_of_ours() -> None:
    body = StreamReader(mock.create_autospec(BaseProtocol), 100)
    body.feed_data(b'{"num')
    body.set_exception(ConnectionResetError("gone"))
    headers = {"Content-Type": "application/json"}
    with pytest.raises(RefusedError) as refused:
        await read_body(make_mocked_request("POST", "/", headers, payload=body), Wish)
    assert refused.value.kind is MALFORMED_BODY
