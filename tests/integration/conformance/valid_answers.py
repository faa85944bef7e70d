"""Answers that are odd and valid, and must reach the client."""

from typing import Final

from tests.integration.conformance.answers import Valid, answer, chunks

_TWO: Final = b"Content-Length: 2\r\n"
_DONE: Final = b"2\r\nok\r\n0\r\n\r\n"

_LINES: Final = (
    Valid("no reason", answer(line=b"HTTP/1.1 200 ")),
    Valid("no reason and no space", answer(line=b"HTTP/1.1 200")),
    Valid("a long reason", answer(line=b"HTTP/1.1 200 " + b"very " * 50 + b"well")),
    Valid("a reason with obs-text", answer(line=b"HTTP/1.1 200 Tr\xe8s bien")),
    Valid("a reason with a tab", answer(line=b"HTTP/1.1 200 O\tK")),
    Valid("a reason that is a status line", answer(line=b"HTTP/1.1 200 HTTP/1.1 500 X")),
    *(
        Valid(f"the status {status}", answer(line=b"HTTP/1.1 %d X" % status), status=status)
        for status in (201, 202, 203, 206, 207, 226, 299, 300, 301, 302, 303, 307, 308, 400, 401)
    ),
    *(
        Valid(f"the status {status}", answer(line=b"HTTP/1.1 %d X" % status), status=status)
        for status in (403, 404, 407, 409, 410, 418, 422, 426, 429, 451, 499, 500, 501, 502, 503)
    ),
    *(
        Valid(f"the status {status}", answer(line=b"HTTP/1.1 %d X" % status), status=status)
        for status in (504, 511, 599)
    ),
)

_LENGTHS: Final = (
    Valid("a length of zero", answer(b"Content-Length: 0\r\n", b""), body=b""),
    Valid("a length with leading zeros", answer(b"Content-Length: 002\r\n")),
    Valid("a length among spaces", answer(b"Content-Length: \t2 \r\n")),
    Valid(
        "a body of all bytes",
        answer(b"Content-Length: 256\r\n", bytes(range(256))),
        body=bytes(range(256)),
    ),
    Valid(
        "a body of 300 KB",
        answer(b"Content-Length: 300000\r\n", b"abc" * 100_000),
        body=b"abc" * 100_000,
    ),
    Valid(
        "a length and a close",
        answer(_TWO + b"Connection: close\r\n"),
        lacks=(b"connection",),
        closes=True,
    ),
    Valid("no length", answer(b""), closes=True),
    Valid("no length and no body", answer(b"", b""), body=b"", closes=True),
    Valid("no length but Connection: close", answer(b"Connection: close\r\n"), closes=True),
    Valid("HTTP/1.0 without a length", answer(b"", line=b"HTTP/1.0 200 OK"), closes=True),
    Valid("HTTP/1.0 with a length", answer(line=b"HTTP/1.0 200 OK"), closes=True),
    Valid(
        "HTTP/1.0 that keeps its connection",
        answer(
            _TWO + b"Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n", line=b"HTTP/1.0 200 OK"
        ),
        lacks=(b"keep-alive",),
    ),
    Valid(
        "a body of 300 KB without a length",
        answer(b"", b"abc" * 100_000),
        body=b"abc" * 100_000,
        closes=True,
    ),
)

_BODILESS: Final = (
    Valid(
        "HEAD with a length",
        answer(_TWO, b""),
        body=b"",
        method=b"HEAD",
        has=((b"content-length", b"2"),),
    ),
    Valid(
        "HEAD with a large length",
        answer(b"Content-Length: 99999999\r\n", b""),
        body=b"",
        method=b"HEAD",
    ),
    Valid("HEAD with a coding", chunks(b""), body=b"", method=b"HEAD"),
    Valid("HEAD with neither", answer(b"", b""), body=b"", method=b"HEAD"),
    Valid(
        "204",
        answer(b"", b"", line=b"HTTP/1.1 204 No Content"),
        status=204,
        body=b"",
        lacks=(b"transfer-encoding",),
    ),
    Valid("304", answer(b"", b"", line=b"HTTP/1.1 304 Not Modified"), status=304, body=b""),
    Valid(
        "304 with a length",
        answer(_TWO, b"", line=b"HTTP/1.1 304 Not Modified"),
        status=304,
        body=b"",
    ),
    Valid(
        "304 with an ETag",
        answer(b'ETag: "x"\r\n', b"", line=b"HTTP/1.1 304 X"),
        status=304,
        body=b"",
        has=((b"etag", b'"x"'),),
    ),
    Valid(
        "205 with no length",
        answer(b"Content-Length: 0\r\n", b"", line=b"HTTP/1.1 205 Reset"),
        status=205,
        body=b"",
    ),
    Valid(
        "HEAD of a 404",
        answer(line=b"HTTP/1.1 404 X", body=b""),
        status=404,
        body=b"",
        method=b"HEAD",
    ),
)

_CHUNKS: Final = (
    *(
        Valid(f"chunks written as {body!r}", chunks(body), body=payload)
        for body, payload in (
            (_DONE, b"ok"),
            (b"0\r\n\r\n", b""),
            (b"1\r\no\r\n1\r\nk\r\n0\r\n\r\n", b"ok"),
            (b"02\r\nok\r\n000\r\n\r\n", b"ok"),
            (b"A\r\n0123456789\r\n0\r\n\r\n", b"0123456789"),
            (b"a\r\n0123456789\r\n0\r\n\r\n", b"0123456789"),
            (b"2;a\r\nok\r\n0;b=c\r\n\r\n", b"ok"),
            (b'2 ; a="b;\\"c" ; d\r\nok\r\n0\r\n\r\n', b"ok"),
            (b"4\r\n\r\n\r\n\r\n0\r\n\r\n", b"\r\n\r\n"),
        )
    ),
    Valid("a coding in odd case", answer(b"TRANSFER-encoding: ChUnKeD\r\n", _DONE)),
    Valid("chunks and a close", chunks(_DONE, b"Connection: close\r\n"), closes=True),
    Valid("a trailer", chunks(b"2\r\nok\r\n0\r\nA: b\r\n\r\n"), trailers=((b"a", b"b"),)),
    Valid(
        "two trailers",
        chunks(b"0\r\nA: b\r\nC:\r\n\r\n"),
        body=b"",
        trailers=((b"a", b"b"), (b"c", b"")),
    ),
    Valid(
        "a trailer announced",
        chunks(b"2\r\nok\r\n0\r\nA: b\r\n\r\n", b"Trailer: A\r\n"),
        trailers=((b"a", b"b"),),
    ),
)

_INTERIM: Final = (
    Valid(
        "103 first", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer(), interim=(103,)
    ),
    Valid("102 first", b"HTTP/1.1 102 Processing\r\n\r\n" + answer(), interim=(102,)),
    Valid(
        "three of them first",
        b"HTTP/1.1 103 Early Hints\r\n\r\n" * 3 + answer(),
        interim=(103,) * 3,
    ),
    Valid(
        "102 and 103 first",
        b"HTTP/1.1 102 X\r\n\r\nHTTP/1.1 103 Y\r\n\r\n" + answer(),
        interim=(102, 103),
    ),
    Valid("an unknown one first", b"HTTP/1.1 199 X\r\n\r\n" + answer(), interim=(199,)),
)

_FIELDS: Final = (
    Valid("an empty value", answer(b"A:\r\n" + _TWO), has=((b"a", b""),)),
    Valid("spaces around a value", answer(b"A: \t b \t \r\n" + _TWO), has=((b"a", b"b"),)),
    Valid(
        "a value with obs-text",
        answer(b"A: \xe9t\xe9 \xc3\xa9\r\n" + _TWO),
        has=((b"a", b"\xe9t\xe9 \xc3\xa9"),),
    ),
    Valid("a name in odd case", answer(b"x-FOO: b\r\n" + _TWO), has=((b"x-foo", b"b"),)),
    Valid(
        "a name of all signs",
        answer(b"!#$%&'*+-.^_`|~: b\r\n" + _TWO),
        has=((b"!#$%&'*+-.^_`|~", b"b"),),
    ),
    Valid(
        "three cookies",
        answer(
            b"Set-Cookie: a=b\r\nX: y\r\nSet-Cookie: c=d; Path=/, x\r\nset-cookie: e=f\r\n" + _TWO
        ),
        has=((b"set-cookie", b"a=b"), (b"set-cookie", b"c=d; Path=/, x"), (b"set-cookie", b"e=f")),
    ),
    Valid(
        "two challenges",
        answer(b"WWW-Authenticate: Basic\r\nWWW-Authenticate: Digest x=y\r\n" + _TWO),
        has=((b"www-authenticate", b"Basic"), (b"www-authenticate", b"Digest x=y")),
    ),
    Valid("150 fields", answer(b"A: b\r\n" * 150 + _TWO), has=((b"a", b"b"),) * 150),
    Valid(
        "a value of 30 KB",
        answer(b"A: " + b"b" * 30_000 + b"\r\n" + _TWO),
        has=((b"a", b"b" * 30_000),),
    ),
    Valid(
        "a nominated field",
        answer(b"Connection: A, close\r\nA: b\r\n" + _TWO),
        lacks=(b"a",),
        closes=True,
    ),
    Valid(
        "hop-by-hop fields",
        answer(b"Keep-Alive: x\r\nProxy-Connection: x\r\nUpgrade: h2c\r\n" + _TWO),
        lacks=(b"keep-alive", b"proxy-connection", b"upgrade"),
    ),
    Valid(
        "our own fields",
        answer(b"X-Gray-Confidence: 1\r\nx_gray_model: m\r\n" + _TWO),
        lacks=(b"x-gray-confidence", b"x_gray_model"),
    ),
    Valid(
        "a date",
        answer(b"Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n" + _TWO),
        has=((b"date", b"Thu, 01 Jan 2026 00:00:00 GMT"),),
    ),
    Valid(
        "an encoding",
        answer(b"Content-Encoding: gzip\r\n" + _TWO),
        has=((b"content-encoding", b"gzip"),),
    ),
    Valid(
        "an unknown field",
        answer(b"X-Unknown: b; c, d\r\n" + _TWO),
        has=((b"x-unknown", b"b; c, d"),),
    ),
)

VALID_ANSWERS: Final = _LINES + _LENGTHS + _BODILESS + _CHUNKS + _INTERIM + _FIELDS
