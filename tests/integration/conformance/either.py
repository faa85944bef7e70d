"""Requests on which good servers differ; none of them may be passed on in its own spelling."""

from typing import Final

from tests.integration.conformance.build import HOST, Either, chunked, get, post

_CHUNK: Final = b"4\r\nwxyz\r\n"


def _size(size: bytes) -> bytes:
    return chunked(size + b"\r\nwxyz\r\n0\r\n\r\n")


EITHER: Final = (
    Either("a coding behind a tab", post(b"Transfer-Encoding:\tchunked\r\n", b"0\r\n\r\n")),
    Either("a coding in front of a tab", post(b"Transfer-Encoding: chunked\t\r\n", b"0\r\n\r\n")),
    Either("two empty lines before the request line", b"\r\n\r\n" + get()),
    Either("ten empty lines before the request line", b"\r\n" * 10 + get()),
    Either("a host with a comma", get(host=b"Host: a.example,b.example\r\n")),
    Either("a host with a semicolon", get(host=b"Host: a.example;b\r\n")),
    Either("a host with an underscore", get(host=b"Host: my_service.example\r\n")),
    Either("a host with a percent-encoding", get(host=b"Host: service%2eexample\r\n")),
    Either("a host with a zone", get(host=b"Host: [fe80::1%25eth0]\r\n")),
    Either("a host of the future", get(host=b"Host: [v1.x]\r\n")),
    Either("a host with port 0", get(host=b"Host: service.example:0\r\n")),
    Either("a host with a port of many zeros", get(host=b"Host: service.example:000080\r\n")),
    Either("a URL by https", get(target=b"https://service.example/case")),
    Either("a URL and no host on HTTP/1.0", b"GET http://service.example/case HTTP/1.0\r\n\r\n"),
    Either("an empty host on HTTP/1.0", b"GET /case HTTP/1.0\r\nHost:\r\n\r\n"),
    Either("an extension without a name", _size(b"4;")),
    Either("two extensions, one without a name", _size(b"4;;a=b")),
    Either("an extension without a value", _size(b"4;a=")),
    Either("a tab around an extension", _size(b"4\t;\ta=b")),
    Either("spaces around an extension's equals sign", _size(b"4;a = b")),
    Either("a length as a trailer", chunked(_CHUNK + b"0\r\nContent-Length: 4\r\n\r\n")),
    Either("a coding as a trailer", chunked(_CHUNK + b"0\r\nTransfer-Encoding: chunked\r\n\r\n")),
    Either("a host as a trailer", chunked(_CHUNK + b"0\r\nHost: evil.example\r\n\r\n")),
    Either("an authorization as a trailer", chunked(_CHUNK + b"0\r\nAuthorization: x\r\n\r\n")),
    Either("Connection nominates the host", get(b"Connection: host\r\n")),
    Either(
        "Connection nominates the length",
        post(b"Connection: content-length\r\nContent-Length: 4\r\n", b"wxyz"),
    ),
    Either(
        "Connection nominates the coding",
        post(
            b"Connection: transfer-encoding\r\nTransfer-Encoding: chunked\r\n",
            _CHUNK + b"0\r\n\r\n",
        ),
    ),
    Either("Connection is no list of tokens", get(b"Connection: \x80, @, keep alive\r\n")),
    Either("an unknown expectation", get(b"Expect: 200-ok\r\n")),
    Either(
        "h2c with a body",
        post(
            b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
            b"HTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Length: 4\r\n",
            b"wxyz",
        ),
    ),
    Either("Max-Forwards is no number", get(b"Max-Forwards: x\r\n", method=b"TRACE")),
    Either("a percent sign in a query", get(target=b"/case?100%")),
    Either("a vertical bar in a path", get(target=b"/case|x")),
    Either("a caret in a path", get(target=b"/case^x")),
    Either("brackets in a path", get(target=b"/case[x]")),
    Either("a backslash in a query", get(target=b"/case?a\\b")),
    Either("braces in a query", get(target=b"/case?{a}")),
    Either("a backtick in a query", get(target=b"/case?`a`")),
    Either("dots in a path", get(target=b"/a/../case")),
    Either("encoded dots in a path", get(target=b"/a/%2e%2e/case")),
    Either("an encoded NUL in a path", get(target=b"/case%00")),
    Either("an encoded line end in a path", get(target=b"/case%0d%0aX:%20y")),
    Either("a method of 100 letters", get(method=b"A" * 100)),
    Either("a length with many zeros", post(b"Content-Length: " + b"0" * 30 + b"4\r\n", b"wxyz")),
    Either(
        "a GET of HTTP/1.0 with two spaces of value",
        b"GET /case HTTP/1.0\r\n" + HOST + b"A:  b \r\n\r\n",
    ),
)
