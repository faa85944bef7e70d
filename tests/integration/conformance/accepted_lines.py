"""Valid requests with uncommon methods, targets, versions and hosts."""

from typing import Final

from tests.integration.conformance.build import HOST, Accepted, get

METHODS: Final = (
    b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH", b"TRACE",
    # WebDAV and its kin
    b"ACL", b"BASELINE-CONTROL", b"BIND", b"CHECKOUT", b"COPY", b"LABEL", b"LINK",
    b"LOCK", b"MERGE", b"MKACTIVITY", b"MKCALENDAR", b"MKCOL", b"MKREDIRECTREF", b"MKWORKSPACE",
    b"MOVE", b"ORDERPATCH", b"PROPFIND", b"PROPPATCH", b"REBIND", b"REPORT", b"SEARCH",
    b"UNBIND", b"UNCHECKOUT", b"UNLINK", b"UNLOCK", b"UPDATE", b"UPDATEREDIRECTREF",
    b"VERSION-CONTROL",
    # others that are about
    b"QUERY", b"PURGE", b"M-SEARCH", b"NOTIFY", b"SUBSCRIBE", b"UNSUBSCRIBE", b"SOURCE",
    b"DESCRIBE", b"ANNOUNCE", b"SETUP", b"PLAY", b"PRI", b"GETX", b"GE",
    # registered nowhere
    b"FOO", b"A", b"X-Y", b"A.B", b"A_B", b"!", b"#$%&'*+-.^_`|~", b"GET1", b"1", b"BAN",
)  # fmt: skip

_METHODS: Final = tuple(
    Accepted(f"the method {method!r}", get(method=method), method=method) for method in METHODS
)

_TARGETS: Final = tuple(
    Accepted(f"the target {target[:40]!r}", get(target=target), target=target)
    for target in (
        b"/",
        b"//",
        b"//case",
        b"/case/",
        b"/case//x",
        b"///",
        b"/case?",
        b"/case??",
        b"/case?q",
        b"/case?q=",
        b"/case?=v",
        b"/case?&&",
        b"/case?a=b&a=c",
        b"/case?a=b;c=d",
        b"/case?a=/x/y",
        b"/case?a=?b",
        b"/case?a=http://other.example/x?y",
        b"/case?a=b+c",
        b"/case?%20",
        b"/case?%23",
        b"/case?a%3Db",
        b"/?",
        b"/?q",
        b"/case;v=1",
        b"/case;v=1/x;y",
        b"/case:1",
        b"/case@x",
        b"/a:b@c",
        b"/case,x",
        b"/case=x",
        b"/case!$&'()*+,;=:@-._~",
        b"/%20",
        b"/%2F",
        b"/%2f",
        b"/a%2Fb",
        b"/%25",
        b"/%2525",
        b"/%41",
        b"/%C3%A9",
        b"/%c3%a9",
        b"/%ff",
        b"/%23",
        b"/%3F",
        b"/.",
        b"/..hidden",
        b"/.well-known/x",
        b"/~user",
        b"/*",
        b"/http://other.example/",
        b"/service.example:80",
        b"/HTTP/1.1",
        b"/" + b"a" * 4_000,
        b"/" + b"a/" * 2_000,
        b"/case?" + b"a" * 8_000,
        b"/case?" + b"a=b&" * 1_000,
    )
)

_URLS: Final = tuple(
    Accepted(
        f"the URL {url!r} with the host {host!r}",
        get(target=url, host=b"Host: " + host + b"\r\n"),
        target=target,
    )
    for url, host, target in (
        (b"http://service.example/case", b"service.example", b"/case"),
        (b"http://service.example", b"service.example", b"/"),
        (b"http://service.example/", b"service.example", b"/"),
        (b"http://service.example?q", b"service.example", b"/?q"),
        (b"http://service.example/case?q=http://x/", b"service.example", b"/case?q=http://x/"),
        (b"HTTP://service.example/case", b"service.example", b"/case"),
        (b"hTTp://service.example/case", b"service.example", b"/case"),
        (b"http://SERVICE.example/case", b"service.example", b"/case"),
        (b"http://service.example/case", b"Service.Example", b"/case"),
        (b"http://service.example:80/case", b"service.example", b"/case"),
        (b"http://service.example/case", b"service.example:80", b"/case"),
        (b"http://service.example:80/case", b"service.example:80", b"/case"),
        (b"http://service.example:8080/case", b"service.example:8080", b"/case"),
        (b"http://service.example:/case", b"service.example", b"/case"),
        (b"http://127.0.0.1:8080/case", b"127.0.0.1:8080", b"/case"),
        (b"http://[::1]/case", b"[::1]", b"/case"),
        (b"http://[::1]:8080/case", b"[::1]:8080", b"/case"),
        (b"http://service.example//case", b"service.example", b"//case"),
    )
)

_ASTERISKS: Final = (
    Accepted(
        "OPTIONS of an asterisk",
        get(method=b"OPTIONS", target=b"*"),
        method=b"OPTIONS",
        target=b"*",
    ),
    Accepted(
        "OPTIONS of a URL without a path",
        get(method=b"OPTIONS", target=b"http://service.example"),
        method=b"OPTIONS",
        target=b"*",
    ),
    Accepted(
        "OPTIONS of an asterisk with Max-Forwards",
        get(b"Max-Forwards: 5\r\n", method=b"OPTIONS", target=b"*"),
        method=b"OPTIONS",
        target=b"*",
        has=((b"max-forwards", b"4"),),
    ),
    Accepted(
        "TRACE with Max-Forwards",
        get(b"Max-Forwards: 10\r\n", method=b"TRACE"),
        method=b"TRACE",
        has=((b"max-forwards", b"9"),),
    ),
    Accepted("GET with Max-Forwards", get(b"Max-Forwards: 0\r\n"), has=((b"max-forwards", b"0"),)),
)

_HOSTS: Final = tuple(
    Accepted(
        f"the host {host[:40]!r}", get(host=b"Host: " + host + b"\r\n"), has=((b"host", host),)
    )
    for host in (
        b"service.example:80",
        b"service.example:8080",
        b"service.example:65535",
        b"SERVICE.EXAMPLE",
        b"localhost",
        b"a",
        b"1",
        b"127.0.0.1",
        b"127.0.0.1:8080",
        b"[::1]",
        b"[::1]:8080",
        b"[2001:db8::1]",
        b"[2001:DB8:0:0:0:0:0:1]:443",
        b"[::ffff:192.0.2.1]",
        b"xn--bcher-kva.example",
        b"a-b.example",
        b"service.example.",
        b"3com.example",
        b".".join([b"a" * 60] * 4),
    )
)

_VERSIONS: Final = (
    Accepted("HTTP/1.0 with a host", get(version=b"HTTP/1.0"), ends=True),
    Accepted("HTTP/1.0 without a host", get(version=b"HTTP/1.0", host=b""), ends=True),
    Accepted(
        "HTTP/1.0 that keeps its connection",
        get(b"Connection: keep-alive\r\n", version=b"HTTP/1.0"),
        lacks=(b"connection", b"keep-alive"),
        ends=None,
    ),
    Accepted(
        "HTTP/1.0 that keeps its connection, in odd case",
        get(b"Connection: Keep-Alive\r\n", version=b"HTTP/1.0"),
        ends=None,
    ),
    Accepted("HTTP/1.0 that closes", get(b"Connection: close\r\n", version=b"HTTP/1.0"), ends=True),
    Accepted(
        "HTTP/1.0 with a body",
        b"POST /case HTTP/1.0\r\nContent-Length: 4\r\n\r\nwxyz",
        method=b"POST",
        body=b"wxyz",
        ends=True,
    ),
    Accepted(
        "HTTP/1.0 with an expectation, which means nothing there",
        b"POST /case HTTP/1.0\r\n"
        + HOST
        + b"Expect: 100-continue\r\nContent-Length: 4\r\n\r\nwxyz",
        method=b"POST",
        body=b"wxyz",
        ends=True,
    ),
    Accepted(
        "HEAD of HTTP/1.0", get(method=b"HEAD", version=b"HTTP/1.0"), method=b"HEAD", ends=True
    ),
    Accepted("HTTP/1.1 that closes", get(b"Connection: close\r\n"), lacks=(b"close",), ends=True),
    Accepted("HTTP/1.1 that closes, in odd case", get(b"Connection: Close\r\n"), ends=True),
    Accepted("HTTP/1.1 that closes among others", get(b"Connection: foo, close\r\n"), ends=True),
    Accepted(
        "HTTP/1.1 that closes in a second field",
        get(b"Connection: foo\r\nConnection: close\r\n"),
        ends=True,
    ),
    Accepted("HTTP/1.1 that keeps its connection", get(b"Connection: keep-alive\r\n")),
    Accepted("an empty line before the request line", b"\r\n" + get()),
)

ACCEPTED_LINES: Final = _METHODS + _TARGETS + _URLS + _ASTERISKS + _HOSTS + _VERSIONS
