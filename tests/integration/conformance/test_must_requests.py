"""What RFC 9110 and RFC 9112 demand of a proxy that passes a request on."""

import pytest

from tests.integration.conformance.build import HOST, get
from tests.integration.conformance.relay import GET, own_answer, relay
from tests.support.recording_backend import RecordingBackend
from tests.support.strict import read_answer
from tests.support.worker import Gateway

# Via (RFC 9110, 7.6.3)...


async def test_via_is_added_to_a_request(gateway: Gateway, backend: RecordingBackend) -> None:
    request, _ = await relay(gateway, backend)
    assert request.values(b"via")[0].startswith(b"1.1 ")


async def test_via_of_others_comes_first(gateway: Gateway, backend: RecordingBackend) -> None:
    raw = GET + b"Via: 1.0 first\r\nVia: 1.1 second\r\n\r\n"
    request, _ = await relay(gateway, backend, raw)
    chain = b", ".join(request.values(b"via")).split(b", ")
    assert chain[:2] == [b"1.0 first", b"1.1 second"]
    assert len(chain) == 3


async def test_via_names_the_version_that_was_received(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    request, _ = await relay(gateway, backend, b"GET / HTTP/1.0\r\n" + HOST + b"\r\n")
    assert request.values(b"via")[0].startswith(b"1.0 ")


# Connection (RFC 9110, 7.6.1)...


async def test_what_connection_nominates_goes_no_further(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    raw = GET + b"Connection: a\r\nA: b\r\nConnection: C, d\r\nc: e\r\nD: f\r\nG: h\r\n\r\n"
    request, _ = await relay(gateway, backend, raw)
    assert [request.values(name) for name in (b"a", b"c", b"d")] == [[], [], []]
    assert request.value(b"g") == b"h"


async def test_connection_itself_goes_no_further(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    request, _ = await relay(gateway, backend, GET + b"Connection: a, close\r\n\r\n")
    assert b"a" not in b",".join(request.values(b"connection"))


@pytest.mark.parametrize(
    "field",
    ["Keep-Alive: timeout=5", "Proxy-Connection: close", "TE: gzip", "Upgrade: x/1"],
)
async def test_fields_for_one_connection_go_no_further(
    gateway: Gateway, backend: RecordingBackend, field: str
) -> None:
    request, _ = await relay(gateway, backend, GET + field.encode() + b"\r\n\r\n")
    assert request.values(field.split(":", maxsplit=1)[0].lower().encode()) == []


async def test_the_clients_close_is_not_the_backends(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    request, answer = await relay(gateway, backend, GET + b"Connection: close\r\n\r\n")
    assert b"close" not in request.values(b"connection")
    assert answer.value(b"connection") == b"close"


# Fields (RFC 9110, 5)...


async def test_unknown_fields_are_passed_on(gateway: Gateway, backend: RecordingBackend) -> None:
    request, _ = await relay(gateway, backend, GET + b"X-New: b; c=d\r\n\r\n")
    assert request.value(b"x-new") == b"b; c=d"


async def test_repeated_fields_keep_their_order(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    request, _ = await relay(gateway, backend, GET + b"A: 1\r\nB: x\r\nA: 2\r\na: 3\r\n\r\n")
    assert b", ".join(request.values(b"a")) == b"1, 2, 3"


async def test_white_space_around_a_value_is_no_part_of_it(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    request, _ = await relay(gateway, backend, GET + b"A: \t b c \t \r\n\r\n")
    assert request.value(b"a") == b"b c"


async def test_credentials_are_not_touched(gateway: Gateway, backend: RecordingBackend) -> None:
    request, _ = await relay(gateway, backend, GET + b"Authorization: Basic eDp5\r\n\r\n")
    assert request.value(b"authorization") == b"Basic eDp5"


@pytest.mark.parametrize(
    "field",
    [
        "Accept-Encoding: br;q=1, *;q=0",
        "Cache-Control: no-store, x-private=1",
        "Content-Type: a/b; c=d",
        'If-None-Match: W/"x", "y"',
        'If-Range: "x"',
        "Range: bytes=0-1,5-",
        "Cookie: a=b; c=d",
        "Date: Thu, 01 Jan 2026 00:00:00 GMT",
    ],
)  # fmt: skip
async def test_fields_that_belong_to_the_ends_are_not_touched(
    gateway: Gateway, backend: RecordingBackend, field: str
) -> None:
    request, _ = await relay(gateway, backend, GET + field.encode() + b"\r\n\r\n")
    name, value = field.encode().split(b": ", 1)
    assert request.value(name.lower()) == value


# Target and host (RFC 9112, 3.2; RFC 9110, 7.7)...


async def test_path_and_query_are_not_touched(gateway: Gateway, backend: RecordingBackend) -> None:
    target = b"/a/./../%7Eb//c;d?e=%2F&f=a+b?"
    request, _ = await relay(gateway, backend, get(target=target))
    assert request.target == target


async def test_a_url_is_passed_on_as_a_path(gateway: Gateway, backend: RecordingBackend) -> None:
    request, _ = await relay(gateway, backend, get(target=b"http://service.example/a?b"))
    assert (request.target, request.value(b"host")) == (b"/a?b", b"service.example")


async def test_an_empty_path_becomes_a_slash(gateway: Gateway, backend: RecordingBackend) -> None:
    request, _ = await relay(gateway, backend, get(target=b"http://service.example"))
    assert request.target == b"/"


async def test_an_empty_path_of_options_becomes_an_asterisk(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    raw = get(method=b"OPTIONS", target=b"http://service.example")
    request, _ = await relay(gateway, backend, raw)
    assert request.target == b"*"


async def test_the_host_is_taken_from_the_url(gateway: Gateway, backend: RecordingBackend) -> None:
    raw = get(target=b"http://service.example:80/", host=b"Host: Service.example\r\n")
    request, _ = await relay(gateway, backend, raw)
    host = request.value(b"host")
    assert host is not None
    assert host.lower().removesuffix(b":80") == b"service.example"


async def test_the_host_is_passed_on(gateway: Gateway, backend: RecordingBackend) -> None:
    request, _ = await relay(gateway, backend, get(host=b"Host: service.example:8080\r\n"))
    assert request.value(b"host") == b"service.example:8080"


# Versions and methods (RFC 9110, 2.5 and 9)...


async def test_a_request_of_http_1_0_is_passed_on_as_1_1_with_a_host(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    request, _ = await relay(gateway, backend, b"GET / HTTP/1.0\r\n\r\n")
    assert len(request.values(b"host")) == 1


async def test_an_unknown_method_is_passed_on(gateway: Gateway, backend: RecordingBackend) -> None:
    request, _ = await relay(gateway, backend, get(method=b"BREW"))
    assert request.method == b"BREW"


@pytest.mark.parametrize("method", [b"OPTIONS", b"TRACE"])
async def test_max_forwards_counts_down(
    gateway: Gateway, backend: RecordingBackend, method: bytes
) -> None:
    request, _ = await relay(gateway, backend, get(b"Max-Forwards: 3\r\n", method=method))
    assert request.value(b"max-forwards") == b"2"


@pytest.mark.parametrize("method", [b"OPTIONS", b"TRACE"])
async def test_a_request_with_no_forwards_left_is_answered_here(
    gateway: Gateway, backend: RecordingBackend, method: bytes
) -> None:
    raw = get(b"Max-Forwards: 0\r\n", method=method)
    assert (await own_answer(gateway, backend, raw)).status == 200


async def test_trace_shows_the_request_but_no_secrets(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    raw = get(b"Max-Forwards: 0\r\nA: b\r\nCookie: c=secret\r\n", method=b"TRACE")
    answer = await own_answer(gateway, backend, raw)
    assert answer.value(b"content-type") == b"message/http"
    assert b"TRACE /case HTTP/1.1" in answer.body
    assert b"secret" not in answer.body


async def test_max_forwards_means_nothing_to_other_methods(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    request, _ = await relay(gateway, backend, GET + b"Max-Forwards: 0\r\n\r\n")
    assert request.value(b"max-forwards") == b"0"


# Bodies (RFC 9112, 6 and 7)...


async def test_a_length_is_passed_on_as_a_length(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    raw = get(b"Content-Length: 4\r\n", method=b"PUT") + b"wxyz"
    request, _ = await relay(gateway, backend, raw)
    assert (request.length, bytes(request.body)) == (4, b"wxyz")


async def test_chunks_are_written_anew(gateway: Gateway, backend: RecordingBackend) -> None:
    raw = get(b"Transfer-Encoding: chunked\r\n", method=b"PUT")
    request, _ = await relay(gateway, backend, raw + b"004;a=b\r\nwxyz\r\n0\r\n\r\n")
    assert bytes(request.body) == b"wxyz"
    assert b"\r\n004" not in backend.connections[0].received
    assert b"a=b" not in backend.connections[0].received


async def test_a_request_without_a_body_is_given_none(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    request, _ = await relay(gateway, backend)
    assert (request.is_chunked, request.length or 0) == (False, 0)


async def test_trailers_are_not_merged_into_the_head(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    raw = get(b"Transfer-Encoding: chunked\r\n", method=b"PUT") + b"0\r\nA: b\r\n\r\n"
    request, _ = await relay(gateway, backend, raw)
    assert request.values(b"a") == []


@pytest.mark.parametrize("name", [b"Content-Length", b"Transfer-Encoding", b"Host", b"Te"])
async def test_trailers_that_would_frame_or_route_are_dropped(
    gateway: Gateway, backend: RecordingBackend, name: bytes
) -> None:
    raw = get(b"Transfer-Encoding: chunked\r\n", method=b"PUT") + b"0\r\n%b: 1\r\n\r\n" % name
    request, _ = await relay(gateway, backend, raw)
    assert name.lower() not in {key.lower() for key, _ in request.trailers}


async def test_a_body_that_stops_short_never_looks_complete(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    raw = get(b"Content-Length: 9\r\n", method=b"PUT") + b"wxyz"
    async with await gateway.ask(raw):
        peer = await backend.accepted()
        request = await peer.head()
        assert await peer.read_exactly(4) == b"wxyz"
    await peer.gone()
    assert not request.complete
    assert peer.unread() == b""


# Expectations (RFC 9110, 10.1.1)...


async def test_an_expectation_is_passed_on(gateway: Gateway, backend: RecordingBackend) -> None:
    raw = get(b"Expect: 100-continue\r\nContent-Length: 1\r\n", method=b"PUT") + b"x"
    request, _ = await relay(gateway, backend, raw)
    assert request.value(b"expect") == b"100-continue"


async def test_an_expectation_of_http_1_0_is_none(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    gateway.serve(backend)
    raw = b"PUT / HTTP/1.0\r\n" + HOST + b"Expect: 100-continue\r\nContent-Length: 1\r\n\r\nx"
    async with await gateway.ask(raw) as client:
        peer = await backend.accepted()
        await peer.request()
        await peer.send(
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        )
        assert (await read_answer(client)).interim == []


# Upgrades (RFC 9110, 7.8)...


async def test_an_upgrade_is_passed_on_with_its_nomination(
    gateway: Gateway, backend: RecordingBackend
) -> None:
    raw = GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    request, _ = await relay(gateway, backend, raw)
    assert request.value(b"upgrade") == b"websocket"
    assert (request.value(b"connection") or b"").lower() == b"upgrade"


async def test_an_upgrade_of_http_1_0_is_none(gateway: Gateway, backend: RecordingBackend) -> None:
    raw = b"GET / HTTP/1.0\r\n" + HOST + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    request, _ = await relay(gateway, backend, raw)
    assert request.values(b"upgrade") == []
