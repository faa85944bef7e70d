"""One request and one answer through the router, seen from both ends."""

from tests.integration.conformance.build import HOST
from tests.support.recording_backend import OK, RecordingBackend
from tests.support.strict import Answer, Request, read_answer
from tests.support.worker import Gateway

GET = b"GET / HTTP/1.1\r\n" + HOST


async def relay(
    gateway: Gateway,
    backend: RecordingBackend,
    raw: bytes = GET + b"\r\n",
    answer: bytes = OK,
    *,
    closes: bool = False,
) -> tuple[Request, Answer]:
    """Return the request as the backend saw it, and the answer as the client saw it."""
    gateway.serve(backend)
    async with await gateway.ask(raw) as client:
        peer = await backend.accepted()
        request = await peer.request()
        await peer.send(answer)
        if closes:
            peer.close()
        return request, await read_answer(client, request.method)


async def refusal(gateway: Gateway, backend: RecordingBackend, raw: bytes) -> Answer:
    """Return the router's own answer to ``raw``, behind which it must hang up."""
    gateway.serve(backend)
    async with await gateway.ask(raw) as client:
        answer = await read_answer(client, raw.split(b" ", 1)[0])
        assert await client.read_to_end() == b""
        assert not backend.connections
        return answer


async def own_answer(gateway: Gateway, backend: RecordingBackend, raw: bytes) -> Answer:
    """Return the router's own answer to a request that it does not pass on."""
    gateway.serve(backend)
    async with await gateway.ask(raw) as client:
        answer = await read_answer(client, raw.split(b" ", 1)[0])
        assert not backend.connections
        return answer
