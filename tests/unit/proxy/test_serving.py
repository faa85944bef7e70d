from dataclasses import replace

from router.model import ALL, Variant
from router.proxy.serving import Cookie, Route, Serving, make_route, own_headers, reply_lines
from router.routing.snapshot import CookiePolicy, HeaderPolicy, Place, PlaceKind, Snapshot, Split
from tests.support.score import SUPPORT, Backend, Score

POLICY = HeaderPolicy()


def route(policy: HeaderPolicy = POLICY, split: Split | None = None) -> Route:
    service = replace(SUPPORT, split=split or Split("s"), revision=7, share=ALL)
    score = Score()
    return make_route(
        service,
        policy,
        lambda _, variant: score.backends[variant],
        score.counters,
        permit=score.permit,
        mint=lambda: b"0" * 32,
    )


def test_each_side_has_its_own_pool_and_counters() -> None:
    made = route()
    for side, variant in ((made.ai, Variant.AI), (made.legacy, Variant.LEGACY)):
        assert isinstance(side.pool, Backend)
        assert side.variant is side.pool.variant is variant
    assert made.ai.counters is made.counters.ai
    assert made.legacy.counters is made.counters.legacy


def test_a_backend_is_told_its_variant_under_the_configured_prefix() -> None:
    assert route().ai.asked == b"x-gray-variant: ai\r\nx-request-id: "
    renamed = HeaderPolicy(prefix="X-Canary-", request_id="X-Trace-Id")
    assert route(renamed).legacy.asked == b"x-canary-variant: legacy\r\nx-trace-id: "


def test_a_client_is_told_what_is_exposed_and_nothing_else() -> None:
    assert route().ai.answered == b"x-gray-variant: ai\r\nx-gray-revision: 7\r\n"
    assert route(HeaderPolicy(expose=("revision",))).ai.answered == b"x-gray-revision: 7\r\n"
    assert route(HeaderPolicy(expose=("error",))).ai.answered == b""


def test_names_that_are_not_exposed_are_not_written() -> None:
    shown, hidden = own_headers(POLICY), own_headers(HeaderPolicy(expose=()))
    assert (shown.error, shown.fallback) == (b"x-gray-error", b"x-gray-fallback")
    assert (hidden.error, hidden.fallback) == (None, None)
    assert own_headers(HeaderPolicy(request_id="X-Trace-Id")).request_id == b"x-trace-id: "


def test_our_headers_are_shown_to_everybody_or_to_a_network() -> None:
    everybody = Serving(Snapshot(1, ()), ())
    some = Serving(Snapshot(1, (), headers=HeaderPolicy(expose_to=("10.0.0.0/8",))), ())
    assert everybody.shows_headers_to(b"203.0.113.9")
    assert some.shows_headers_to(b"10.1.2.3")
    assert not some.shows_headers_to(b"203.0.113.9")


def test_our_cookie_is_for_this_site_alone_and_secure_where_the_way_is() -> None:
    made = route(split=Split("s", cookie=CookiePolicy("gray_id", 60)))
    assert made.cookie == Cookie(b"gray_id", b"; Path=/; Max-Age=60; HttpOnly; SameSite=Lax")
    plain = b"set-cookie: gray_id=1; Path=/; Max-Age=60; HttpOnly; SameSite=Lax"
    assert made.cookie.line(b"1", secure=False) == plain + b"\r\n"
    assert made.cookie.line(b"1", secure=True) == plain + b"; Secure\r\n"


def test_an_answer_needs_no_further_line_where_nobody_asked_for_one() -> None:
    assert route().is_plain
    assert not route(split=Split("s", cookie=CookiePolicy("gray_id", 60))).is_plain
    assert not route(split=Split("s", cache_private=True)).is_plain


def test_what_tells_callers_apart_is_read_and_not_remembered() -> None:
    split = Split("s", keys=(Place(PlaceKind.HEADER, "X-User"), Place(PlaceKind.QUERY, "accept")))
    lines = Serving(Snapshot(1, (replace(SUPPORT, split=split),)), ()).request_lines
    for raw in (b"X-User: 7", b"Accept: */*"):
        lines.read(raw)
    assert list(lines.young) == [b"Accept: */*"]


def test_what_a_backend_says_in_our_name_is_dropped() -> None:
    lines = reply_lines(HeaderPolicy(prefix="x-canary-"))
    for name in (b"X-Canary-A", b"X-Gray-A"):
        reader, _, _ = lines.read(name + b": 1")
        assert reader is not None  # it is read, and not simply passed on
    assert lines.read(b"X-Theirs: 1")[0] is None
