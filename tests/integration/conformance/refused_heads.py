"""Requests whose head is no head: line ends, names, values, hosts, sizes."""

from typing import Final

from tests.integration.conformance.build import HOST, Refused, get, shown

CONTROLS: Final = (0x00, 0x01, 0x07, 0x08, 0x0B, 0x0C, 0x0E, 0x1B, 0x1F, 0x7F)
_LINE: Final = b"GET /case HTTP/1.1\r\n"

_LINE_ENDS: Final = (
    Refused("a bare LF behind the request line", b"GET /case HTTP/1.1\n" + HOST + b"\r\n"),
    Refused("a bare LF behind the first field", _LINE + b"Host: service.example\n\r\n"),
    Refused("a bare LF between two fields", get(b"A: b\nC: d\r\n")),
    Refused("a bare LF behind the last field", get(b"A: b\n")),
    Refused("a bare LF as the empty line", _LINE + HOST + b"\n"),
    Refused("bare LF everywhere", b"GET /case HTTP/1.1\nHost: service.example\n\n"),
    Refused("LF CR behind a field", get(b"A: b\n\r")),
    Refused("a bare CR behind the request line", b"GET /case HTTP/1.1\r" + HOST + b"\r\n"),
    Refused("a bare CR behind a field", get(b"A: b\rC: d\r\n")),
    Refused("a bare CR in a value", get(b"A: b\rc\r\n")),
    Refused("a bare CR in front of a value", get(b"A:\rb\r\n")),
    Refused("a bare CR in a name", get(b"A\rB: c\r\n")),
    Refused("a bare CR in the request line", b"GET /case\rHTTP/1.1\r\n" + HOST + b"\r\n"),
    Refused("CR CR LF behind a field", get(b"A: b\r\r\n")),
    Refused("CR CR LF behind the request line", b"GET /case HTTP/1.1\r\r\n" + HOST + b"\r\n"),
    Refused("CR CR LF as the empty line", _LINE + HOST + b"\r\r\n"),
    Refused("bare CR everywhere", b"GET /case HTTP/1.1\rHost: service.example\r\rX"),
    Refused("a bare LF before the request line", b"\n" + get()),
    Refused("a bare CR before the request line", b"\r" + get()),
    Refused("a bare LF behind CRLF before the request line", b"\r\n\n" + get()),
)

_FOLDS: Final = (
    Refused("a value folded by a space", get(b"A: b\r\n c\r\n")),
    Refused("a value folded by a tab", get(b"A: b\r\n\tc\r\n")),
    Refused("a value folded from the start", get(b"A:\r\n b\r\n")),
    Refused("a value folded twice", get(b"A: b\r\n c\r\n d\r\n")),
    Refused("a fold of spaces alone", get(b"A: b\r\n \r\n")),
    Refused("a folded host", get(host=b"Host:\r\n service.example\r\n")),
    Refused("a host that goes on folded", get(host=b"Host: service.example\r\n .evil\r\n")),
    Refused("a space before the first field", get(host=b" Host: service.example\r\n")),
    Refused("a tab before the first field", get(host=b"\tHost: service.example\r\n")),
    Refused("a line of one space before the first field", get(host=b" \r\n" + HOST)),
)

_NAMES: Final = (
    Refused("a space before the colon", get(b"A : b\r\n")),
    Refused("a tab before the colon", get(b"A\t: b\r\n")),
    Refused("a space before the host's colon", get(host=b"Host : service.example\r\n")),
    Refused("no colon", get(b"A\r\n")),
    Refused("no colon but a value", get(b"A b\r\n")),
    Refused("no name", get(b": b\r\n")),
    Refused("nothing but a colon", get(b":\r\n")),
    Refused("a space in a name", get(b"A B: c\r\n")),
    *(
        Refused(f"a {bytes([byte])!r} in a name", get(b"A" + bytes([byte]) + b"B: c\r\n"))
        for byte in b'"(),/;<=>?@[\\]{}'
    ),
    *(
        Refused(f"a {shown(byte)} in a name", get(b"A" + bytes([byte]) + b"B: c\r\n"))
        for byte in (*CONTROLS, 0x80, 0xA0, 0xE9, 0xFF)
    ),
)

_VALUES: Final = tuple(
    Refused(
        f"a {shown(byte)} {where} a value", get(b"A: " + before + bytes([byte]) + after + b"\r\n")
    )
    for byte in CONTROLS
    for where, before, after in (("in", b"b", b"c"), ("in front of", b"", b"c"))
)

_HOSTS: Final = (
    Refused("no host", get(host=b"")),
    Refused("no host but other fields", get(host=b"X: y\r\n")),
    Refused("the same host twice", get(host=HOST * 2)),
    Refused("two hosts", get(host=HOST + b"Host: other.example\r\n")),
    Refused("two hosts in two cases", get(host=HOST + b"hOST: other.example\r\n")),
    Refused("two hosts far apart", get(host=HOST + b"X: y\r\n" * 20 + b"Host: other.example\r\n")),
    Refused("two hosts, one of them empty", get(host=HOST + b"Host:\r\n")),
    Refused("two hosts on HTTP/1.0", get(host=HOST * 2, version=b"HTTP/1.0")),
    *(
        Refused(f"a host written as {value!r}", get(host=b"Host: " + value + b"\r\n"))
        for value in (
            b"",
            b"service.example, other.example",
            b"service.example other.example",
            b"service.example\tother.example",
            b"user@service.example",
            b"user:secret@service.example",
            b"service.example/",
            b"service.example/path",
            b"service.example?q",
            b"service.example#f",
            b"service.example\\x",
            b"http://service.example",
            b"//service.example",
            b"service.example:port",
            b"service.example:8o",
            b"service.example:-80",
            b"service.example:+80",
            b"service.example:80:80",
            b"service.example:65536",
            b"service.example:99999999999999999999",
            b"service.example: 80",
            b"service.example :80",
            b":80",
            b"::1",
            b"[::1",
            b"::1]",
            b"[::1]x",
            b"[]",
            b"[service.example]",
            b"[::g]",
            b"[1::2::3]",
            b"service\x00.example",
            b"service\x7f.example",
            b"service\xc3\xa9.example",
            b"service%.example",
            b"service%zz.example",
            b'"service.example"',
            b"<service.example>",
            b"service{}.example",
            b"service|.example",
            b"service^.example",
            b"service`.example",
        )
    ),
)

_SIZES: Final = (
    Refused("201 fields", get(b"A: b\r\n" * 200), (431,)),
    Refused("5,000 fields", get(b"A: b\r\n" * 5_000), (431,)),
    Refused("a field of 80 KiB", get(b"A: " + b"b" * 80 * 1024 + b"\r\n"), (431,)),
    Refused("a name of 80 KiB", get(b"A" * 80 * 1024 + b": b\r\n"), (431,)),
    Refused("80 KiB in 100 fields", get((b"A: " + b"b" * 820 + b"\r\n") * 100), (431,)),
    Refused(
        "80 KiB of spaces in front of a value", get(b"A:" + b" " * 80 * 1024 + b"b\r\n"), (431,)
    ),
    Refused("a target of 80 KiB", get(target=b"/" + b"a" * 80 * 1024), (414, 431)),
    Refused("a query of 80 KiB", get(target=b"/case?" + b"a" * 80 * 1024), (414, 431)),
    Refused("a method of 80 KiB", get(method=b"A" * 80 * 1024), (400, 414, 431, 501)),
    Refused("80 KiB without a line end", b"A" * 80 * 1024, (400, 414, 431, 501)),
)

REFUSED_HEADS: Final = _LINE_ENDS + _FOLDS + _NAMES + _VALUES + _HOSTS + _SIZES
