"""Requests whose first line is none: methods, targets, versions, and other protocols."""

from typing import Final

from tests.integration.conformance.build import HOST, Refused, get, shown
from tests.integration.conformance.refused_heads import CONTROLS

UNKNOWN_METHOD: Final = (400, 405, 501)
UNKNOWN_VERSION: Final = (400, 505)


def _line(line: bytes) -> bytes:
    return line + b"\r\n" + HOST + b"\r\n"


_METHODS: Final = (
    *(
        Refused(f"the method {method!r}", get(method=method), UNKNOWN_METHOD)
        for method in (
            b"get",
            b"Get",
            b"gET",
            b"post",
            b"G@T",
            b"G{T",
            b'"GET"',
            b"GET,",
            b"GET:",
            b"GET/",
            b"(GET)",
            b"G\xc3\x89T",
        )
    ),
    *(
        Refused(f"a {shown(byte)} in the method", get(method=b"G" + bytes([byte]) + b"ET"))
        for byte in CONTROLS
    ),
    Refused("a tab in the method", get(method=b"GE\tT")),
    Refused(
        "CONNECT with an authority",
        get(method=b"CONNECT", target=b"service.example:443"),
        UNKNOWN_METHOD,
    ),
    Refused("CONNECT with a path", get(method=b"CONNECT"), UNKNOWN_METHOD),
    Refused(
        "CONNECT with a URL",
        get(method=b"CONNECT", target=b"http://service.example/"),
        UNKNOWN_METHOD,
    ),
)

_SPACES: Final = (
    Refused("two spaces in front of the target", _line(b"GET  /case HTTP/1.1")),
    Refused("two spaces in front of the version", _line(b"GET /case  HTTP/1.1")),
    Refused("a space behind the version", _line(b"GET /case HTTP/1.1 ")),
    Refused("a tab behind the version", _line(b"GET /case HTTP/1.1\t")),
    Refused("a tab in front of the target", _line(b"GET\t/case HTTP/1.1")),
    Refused("a tab in front of the version", _line(b"GET /case\tHTTP/1.1")),
    Refused("a space before the method", _line(b" GET /case HTTP/1.1")),
    Refused("a tab before the method", _line(b"\tGET /case HTTP/1.1")),
    Refused("no space in front of the version", _line(b"GET /caseHTTP/1.1")),
    Refused("a word too many", _line(b"GET /case HTTP/1.1 HTTP/1.1")),
    Refused("a second target", _line(b"GET /case /other HTTP/1.1")),
    Refused("no target", _line(b"GET HTTP/1.1")),
    Refused("an empty target", _line(b"GET  HTTP/1.1")),
    Refused("no method", _line(b"/case HTTP/1.1")),
    Refused("only a method", _line(b"GET")),
)

_VERSIONS: Final = tuple(
    Refused(f"the version {version!r}", get(version=version), UNKNOWN_VERSION)
    for version in (
        b"HTTP/0.9",
        b"HTTP/1.2",
        b"HTTP/1.9",
        b"HTTP/2.0",
        b"HTTP/2",
        b"HTTP/3.0",
        b"HTTP/0.0",
        b"HTTP/1.10",
        b"HTTP/1.01",
        b"HTTP/01.1",
        b"HTTP/11.1",
        b"HTTP/1",
        b"HTTP/1.",
        b"HTTP/.1",
        b"HTTP/",
        b"HTTP",
        b"HTTP/11",
        b"HTTP/1,1",
        b"HTTP/-1.1",
        b"HTTP/+1.1",
        b"HTTP/1.1x",
        b"HTTP/1.x",
        b"HTTP/A.1",
        b"HTTP/1.1\x00",
        b"HTTP/1.\x00",
        b"HTTP\\1.1",
        b"HTTP 1.1",
        b"HTTP/1 .1",
        b"HTTP /1.1",
        b"HTTP/ 1.1",
        b"http/1.1",
        b"Http/1.1",
        b"hTTP/1.1",
        b"RTSP/1.0",
        b"RTSP/1.1",
        b"ICE/1.0",
        b"HTTPS/1.1",
        b"SIP/2.0",
        b"XHTTP/1.1",
        b"HTTP/\xd9\xa1.1",
    )
)

_OLD: Final = (
    Refused("a request of HTTP/0.9", b"GET /case\r\n", (400, 408, 505)),
    Refused("a request of HTTP/0.9 and an empty line", b"GET /case\r\n\r\n", UNKNOWN_VERSION),
    Refused("a request of HTTP/0.9 with fields", _line(b"GET /case"), UNKNOWN_VERSION),
)

_TARGETS: Final = (
    *(
        Refused(f"the target {target!r}", get(target=target))
        for target in (
            b"case",
            b"case/",
            b"?q",
            b"./case",
            b"../case",
            b"\\case",
            b"@service.example/",
            b"/case#fragment",
            b"/#",
            b"#",
            b"/case?q#f",
            b"/case x",
            b"/case\tx",
            b"/case?a b",
            b'/case"',
            b"/case<script>",
            b"/case>",
            b"/case\\x",
            b"/case{x}",
            b"/case`x",
            b"/case?<x>",
            b'/case?"x"',
            b"/case%",
            b"/case%4",
            b"/case%zz",
            b"/case%4g/x",
            b"/case%%",
            b"/case%u0041",
            b"/case\x80",
            b"/case\xff",
            b"/\xc3\xa9t\xc3\xa9",
            b"/case?\xc3\xa9",
            b"/case\xa0x",
            b"*",
            b"**",
            b"*/",
            b"service.example",
            b"service.example:80",
            b"service.example:80/case",
        )
    ),
    *(
        Refused(f"a {shown(byte)} in the target", get(target=b"/case" + bytes([byte]) + b"x"))
        for byte in CONTROLS
    ),
    Refused("POST of an asterisk", get(b"Content-Length: 0\r\n", method=b"POST", target=b"*")),
    Refused("HEAD of an asterisk", get(method=b"HEAD", target=b"*")),
    Refused("OPTIONS of more than an asterisk", get(method=b"OPTIONS", target=b"*x")),
    Refused("OPTIONS of an asterisk and a query", get(method=b"OPTIONS", target=b"*?q")),
)

_URLS: Final = tuple(
    Refused(f"the target {target!r}", get(target=target))
    for target in (
        b"http://other.example/case",
        b"http://service.example.evil/case",
        b"http://service.example:8080/case",
        b"http://service.example:80@other.example/case",
        b"http://user@service.example/case",
        b"http://user:secret@service.example/case",
        b"http://@service.example/case",
        b"http:///case",
        b"http://",
        b"http:",
        b"http:/service.example/case",
        b"http:service.example/case",
        b"http:\\\\service.example/case",
        b"http//service.example/case",
        b"://service.example/case",
        b"http://service.example\\case",
        b"http://service.example:port/case",
        b"http://service.example:-80/case",
        b"http://service.example:65536/case",
        b"http://service.example:80:80/case",
        b"http://service.example#f",
        b"http://service.example/case#f",
        b"http://service.example/ca se",
        b"http://service.example,other.example/case",
        b"http://service .example/case",
        b"http://[service.example]/case",
        b"http://[::1/case",
        b"http://serv\xc3\xa9ce.example/case",
        b"ftp://service.example/case",
        b"ws://service.example/case",
        b"file:///etc/passwd",
        b"gopher://service.example/case",
        b"javascript:alert(1)",
        b"data:,x",
    )
)

_HOSTLESS_URLS: Final = (
    Refused("a URL and no host", get(host=b"", target=b"http://service.example/case")),
    Refused(
        "a URL and an empty host", get(host=b"Host:\r\n", target=b"http://service.example/case")
    ),
    Refused("a URL and two hosts", get(host=HOST * 2, target=b"http://service.example/case")),
    Refused(
        "a URL without a port and a host with another one",
        get(host=b"Host: service.example:81\r\n", target=b"http://service.example/case"),
    ),
)

_STRANGERS: Final = (
    Refused("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", UNKNOWN_VERSION),
    Refused("a TLS handshake", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(32)),
    Refused("SSH", b"SSH-2.0-OpenSSH_9.2\r\n", (400, 408, 501, 505)),
    Refused("SMTP", b"EHLO client.example\r\n", (400, 408, 501, 505)),
    Refused(
        "the PROXY protocol", b"PROXY TCP4 10.0.0.1 10.0.0.2 1 80\r\n" + get(), (400, 501, 505)
    ),
    Refused(
        "the PROXY protocol, version 2", b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes(12) + get()
    ),
    Refused("an answer", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", (400, 501, 505)),
    Refused("JSON", b'{"method": "GET"}\r\n\r\n'),
    Refused("NULs", bytes(64)),
    Refused("a byte order mark", b"\xef\xbb\xbf" + get()),
    Refused("a field without a request line", HOST + b"\r\n", (400, 501, 505)),
)

REFUSED_LINES: Final = (
    _METHODS + _SPACES + _VERSIONS + _OLD + _TARGETS + _URLS + _HOSTLESS_URLS + _STRANGERS
)
