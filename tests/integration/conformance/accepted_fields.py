"""Valid requests with uncommon fields."""

from typing import Final

from tests.integration.conformance.build import HOST, Accepted, get

_VALUES: Final = tuple(
    Accepted(
        f"a value of {len(raw)} bytes, {raw[:30]!r}",
        get(b"A:" + raw + b"\r\n"),
        has=((b"a", value),),
    )
    for raw, value in (
        (b"", b""),
        (b" ", b""),
        (b"   ", b""),
        (b"\t", b""),
        (b"b", b"b"),
        (b" b", b"b"),
        (b"  b", b"b"),
        (b"\tb", b"b"),
        (b" \t b", b"b"),
        (b" b ", b"b"),
        (b" b  ", b"b"),
        (b" b\t", b"b"),
        (b" b \t ", b"b"),
        (b" " * 100 + b"b" + b" " * 100, b"b"),
        (b" b c", b"b c"),
        (b" b  c", b"b  c"),
        (b" b\tc", b"b\tc"),
        (b" :", b":"),
        (b"::", b"::"),
        (b" b: c", b"b: c"),
        (b" ,", b","),
        (b" ,,b,,", b",,b,,"),
        (b' "b"', b'"b"'),
        (b' "b', b'"b'),
        (b' "b\\"c"', b'"b\\"c"'),
        (b" (b", b"(b"),
        (b" b;c=d", b"b;c=d"),
        (b" !#$%&'()*+,-./:;<=>?@[]^_`{|}~\\", b"!#$%&'()*+,-./:;<=>?@[]^_`{|}~\\"),
        (b" \xe9t\xe9", b"\xe9t\xe9"),
        (b" \xc3\xa9t\xc3\xa9", b"\xc3\xa9t\xc3\xa9"),
        (b" \x80\xff", b"\x80\xff"),
        (b" \xe2\x80\xa8", b"\xe2\x80\xa8"),  # a Unicode line separator is no line end
        (b" \xc2\x85", b"\xc2\x85"),  # nor is NEL
        (b" \xa0b", b"\xa0b"),
        (b" GET / HTTP/1.1", b"GET / HTTP/1.1"),
        (b" chunked", b"chunked"),
        (b" %0d%0a", b"%0d%0a"),
        (b" " + b"b" * 8_000, b"b" * 8_000),
        (b" " + b"b" * 40_000, b"b" * 40_000),
    )
)

_NAMES: Final = tuple(
    Accepted(f"a field named {name[:40]!r}", get(name + b": b\r\n"), has=((name.lower(), b"b"),))
    for name in (
        b"a",
        b"1",
        b"0-0",
        b"X_Y",
        b"X.Y",
        b"X-Y-",
        b"-",
        b"_",
        b"!",
        b"#$%&'*+.^`|~",
        b"UPPER",
        b"MiXeD",
        b"X" * 1_000,
        b"Hos",
        b"Hosts",
        b"X-Host",
        b"Content-Lengt",
        b"Content-Lengths",
        b"X-Content-Length",
        b"X-Transfer-Encoding",
        b"Transfer-Encodings",
        b"TransferEncoding",
        b"ContentLength",
        b"Content-Encoding",
        b"Accept-Encoding",
        b"Range",
        b"If-None-Match",
        b"Authorization",
        b"Cookie2",
        b"Pragma",
        b"From",
        b"Date",
        b"Server",
        b"Trailers",
        b"Idempotency-Key",
        b"Sec-WebSocket-Key",
        b"traceparent",
        b"X-Gra-Y",
    )
)

_REPEATED: Final = (
    Accepted("a field twice", get(b"A: b\r\nA: c\r\n"), has=((b"a", b"b"), (b"a", b"c"))),
    Accepted(
        "a field twice in two cases", get(b"A: b\r\na: c\r\n"), has=((b"a", b"b"), (b"a", b"c"))
    ),
    Accepted(
        "a field twice with another between",
        get(b"A: b\r\nX: y\r\nA: c\r\n"),
        has=((b"a", b"b"), (b"a", b"c"), (b"x", b"y")),
    ),
    Accepted(
        "a field with the same value twice", get(b"A: b\r\nA: b\r\n"), has=((b"a", b"b"),) * 2
    ),
    Accepted("a field twice, once empty", get(b"A:\r\nA: b\r\n"), has=((b"a", b""), (b"a", b"b"))),
    Accepted(
        "Accept twice",
        get(b"Accept: text/html\r\nAccept: */*;q=0.1\r\n"),
        has=((b"accept", b"text/html"), (b"accept", b"*/*;q=0.1")),
    ),
    Accepted(
        "Cache-Control twice",
        get(b"Cache-Control: no-cache\r\nCache-Control: no-store\r\n"),
        has=((b"cache-control", b"no-cache"), (b"cache-control", b"no-store")),
    ),
    Accepted(
        "Cookie twice",
        get(b"Cookie: a=b\r\nCookie: c=d\r\n"),
        has=((b"cookie", b"a=b"), (b"cookie", b"c=d")),
    ),
    Accepted(
        "100 fields", get(b"".join(b"A%d: b\r\n" % n for n in range(100))), has=((b"a99", b"b"),)
    ),
    Accepted("the same field 150 times", get(b"A: b\r\n" * 150), has=((b"a", b"b"),) * 150),
    Accepted(
        "40 KiB in 40 fields",
        get((b"A: " + b"b" * 1_000 + b"\r\n") * 40),
        has=((b"a", b"b" * 1_000),) * 40,
    ),
)

_HOP_BY_HOP: Final = (
    Accepted(
        "Connection nominates a field",
        get(b"Connection: a\r\nA: b\r\n"),
        lacks=(b"a", b"connection"),
    ),
    Accepted(
        "Connection nominates a field in odd case",
        get(b"Connection: X-Foo\r\nx-fOO: b\r\n"),
        lacks=(b"x-foo",),
    ),
    Accepted(
        "Connection nominates two fields",
        get(b"Connection: a , c\r\nA: b\r\nC: d\r\nE: f\r\n"),
        has=((b"e", b"f"),),
        lacks=(b"a", b"c"),
    ),
    Accepted(
        "Connection nominates in two fields",
        get(b"Connection: a\r\nA: b\r\nC: d\r\nConnection: c\r\n"),
        lacks=(b"a", b"c"),
    ),
    Accepted(
        "Connection nominates a field before it comes",
        get(b"A: b\r\nConnection: a\r\n"),
        lacks=(b"a",),
    ),
    Accepted(
        "Connection nominates what is not there", get(b"Connection: a\r\n"), lacks=(b"connection",)
    ),
    Accepted("an empty Connection", get(b"Connection:\r\n"), lacks=(b"connection",)),
    Accepted(
        "Connection with empty elements", get(b"Connection: ,, a ,,\r\nA: b\r\n"), lacks=(b"a",)
    ),
    Accepted(
        "Connection without spaces", get(b"Connection:a,c\r\nA: b\r\nC: d\r\n"), lacks=(b"a", b"c")
    ),
    Accepted(
        "Connection with tabs",
        get(b"Connection:\ta\t,\tc\t\r\nA: b\r\nC: d\r\n"),
        lacks=(b"a", b"c"),
    ),
    Accepted("Keep-Alive", get(b"Keep-Alive: timeout=5\r\n"), lacks=(b"keep-alive",)),
    Accepted(
        "Proxy-Connection", get(b"Proxy-Connection: keep-alive\r\n"), lacks=(b"proxy-connection",)
    ),
    Accepted("TE without a nomination", get(b"TE: gzip\r\n"), lacks=(b"te",)),
    Accepted("TE with a nomination", get(b"Connection: TE\r\nTE: gzip;q=0.5\r\n"), lacks=(b"te",)),
    Accepted(
        "h2c, which is not taken up",
        get(
            b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
            b"HTTP2-Settings: AAMAAABkAAQAAP__\r\n"
        ),
        lacks=(b"upgrade", b"http2-settings", b"connection"),
    ),
    Accepted(
        "an upgrade that Connection does not nominate",
        get(b"Upgrade: websocket\r\n"),
        lacks=(b"upgrade",),
    ),
    Accepted(
        "an upgrade on HTTP/1.0, where there is none",
        get(b"Connection: Upgrade\r\nUpgrade: websocket\r\n", version=b"HTTP/1.0"),
        lacks=(b"upgrade",),
        ends=True,
    ),
)

_ODD: Final = (
    Accepted("the host as the last of many", get(b"A: b\r\n" * 30 + HOST, host=b"")),
    Accepted(
        "a host without a space",
        get(host=b"Host:service.example\r\n"),
        has=((b"host", b"service.example"),),
    ),
    Accepted(
        "a host among spaces",
        get(host=b"Host: \t service.example \t \r\n"),
        has=((b"host", b"service.example"),),
    ),
    Accepted(
        "a host in odd case",
        get(host=b"hOST: service.example\r\n"),
        has=((b"host", b"service.example"),),
    ),
    Accepted("a length of zero", get(b"Content-Length: 0\r\n")),
    Accepted("an expectation without a body", get(b"Expect: 100-continue\r\n")),
    Accepted("a range", get(b"Range: bytes=0-0,-1\r\n"), has=((b"range", b"bytes=0-0,-1"),)),
    Accepted("a trailer announced, and none sent", get(b"Trailer: A\r\n")),
    Accepted("a Via", get(b"Via: 1.0 fred, 1.1 p.example\r\n")),
    Accepted(
        "a forwarding chain that nobody has to believe",
        get(b"X-Forwarded-Proto: https\r\nForwarded: for=_x\r\n"),
    ),
    Accepted(
        "our own fields, which are not the client's to set",
        get(b"X-Gray-Variant: ai\r\nx-gray-other: b\r\n"),
        lacks=(b"x-gray-other",),
    ),
    Accepted(
        "our own fields with underscores",
        get(b"X_Gray_Variant: ai\r\nx-gray_other: b\r\n"),
        lacks=(b"x_gray_variant", b"x-gray_other"),
    ),
)

ACCEPTED_FIELDS: Final = _VALUES + _NAMES + _REPEATED + _HOP_BY_HOP + _ODD
