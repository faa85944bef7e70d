import pytest

from router.routing.match import RouteTable
from router.routing.snapshot import Match
from tests.support.views import View, service


def found(matches: list[Match], head: View) -> int | None:
    return RouteTable(tuple(service(match) for match in matches)).find(head)


def hosts(*names: str) -> Match:
    return Match(hosts=names)


def paths(*patterns: str) -> Match:
    return Match(paths=patterns)


def test_a_service_without_conditions_takes_everything() -> None:
    assert found([Match()], View(b"*", host=b"", minor=0)) == 0
    assert found([paths("/a"), Match()], View(b"*", host=b"", minor=0)) == 1


def test_no_services_take_nothing() -> None:
    assert found([], View()) is None


@pytest.mark.parametrize(
    ("host", "index"),
    [
        (b"support.example.com", 0),
        (b"support.example.com.", 0),
        (b"shop.example.com", 2),
        (b"a.eu.example.com", 1),
        (b"a.b.eu.example.com", 1),
        (b"eu.example.com", 2),
        (b"example.com", 3),
        (b"xexample.com", 3),
        (b"[::1]", 3),
        (b"", 3),
    ],
)
def test_an_exact_host_goes_before_the_longest_wildcard_before_any(host: bytes, index: int) -> None:
    matches = [
        hosts("Support.Example.com"),
        hosts("*.EU.example.com"),
        hosts("*.example.com"),
        Match(),
    ]
    assert found(matches, View(host=host)) == index
    assert found(matches[::-1], View(host=host)) == 3 - index


def test_a_request_without_host_fits_only_services_without_hosts() -> None:
    without = View(host=b"", minor=0)
    assert found([hosts("example.com")], without) is None
    assert found([hosts("*.example.com"), paths("/*")], without) == 1


@pytest.mark.parametrize(
    ("target", "index"),
    [
        (b"/v1/x", 3),
        (b"/v1/x?q=/v1/y", 3),
        (b"/v1/77", 2),
        (b"/v1/77/x", 1),
        (b"/v1", 1),
        (b"/v1/", 1),
        (b"/v1/y", 1),
        (b"/v1x", 0),
        (b"/", 0),
        (b"*", 0),
    ],
)
def test_an_exact_path_goes_before_a_regex_before_the_longest_prefix(
    target: bytes, index: int
) -> None:
    matches = [paths("/*"), paths("/v1/*"), paths("regex:/v1/[0-9]+|/v1/x"), paths("/v1/x")]
    assert found(matches, View(target)) == index


@pytest.mark.parametrize(
    ("pattern", "target", "fits"),
    [
        ("/v1/*", b"/v1", True),
        ("/v1/*", b"/v1/", True),
        ("/v1/*", b"/v1/x", True),
        ("/v1/*", b"/v1x", False),
        ("/v1/*", b"/V1/x", False),
        ("/v1/*", b"/v1%2Fx", False),
        ("/a/b/*", b"/a", False),
        ("/a/b/*", b"/a/b/c/d/e", True),
        ("/v1/x", b"/v1/x/", False),
        ("/v1/", b"/v1", False),
        ("/admin", b"/a/../admin", True),
        ("/admin/*", b"/%61dmin/x", True),
        ("/admin/*", b"//admin//x", True),
        ("/public/*", b"/public/../admin", False),
        ("/public/*", b"/public/%2e%2e/admin", False),
        ("/\u00e9/x", b"/%c3%a9/x", True),
        ("/a b/*", b"/a%20b/c", True),
        ("//x/./y/*", b"/x/y/z", True),
        ("regex:/v[12]", b"/v2", True),
        ("regex:/v[12]", b"/v2/", False),
        ("regex:/v[12]", b"/a/../v2", True),
        ("regex:.*", b"*", True),
        (r"regex:(?u)/\u0061\d", b"/a7", True),
        ("/*", b"*", True),
        ("/", b"*", False),
    ],
)
def test_a_path_pattern_fits_what_the_path_means(pattern: str, target: bytes, fits: bool) -> None:
    assert found([paths(pattern)], View(target)) == (0 if fits else None)


def test_a_more_specific_host_goes_before_a_more_specific_path() -> None:
    matches = [Match(paths=("/v1/x",)), Match(hosts=("*.example.com",), paths=("/*",))]
    assert found(matches, View(b"/v1/x", host=b"a.example.com")) == 1


def test_a_host_that_does_not_fit_the_path_hides_nobody() -> None:
    matches = [
        Match(hosts=("a.example.com",), paths=("/a/*",)),
        Match(hosts=("*.example.com",), paths=("/b/*",)),
        Match(hosts=("*.com",), paths=("/c/*",)),
        Match(paths=("/d/*",)),
    ]
    for index, target in enumerate((b"/a/1", b"/b/1", b"/c/1", b"/d/1")):
        assert found(matches, View(target, host=b"a.example.com")) == index
    assert found(matches, View(b"/e", host=b"a.example.com")) is None


def test_a_service_may_have_several_hosts_and_paths() -> None:
    matches = [Match(hosts=("a.com", "*.b.com"), paths=("/x", "/y/*", "regex:/z[0-9]"))]
    for host in (b"a.com", b"q.b.com"):
        for target in (b"/x", b"/y/1", b"/z7"):
            assert found(matches, View(target, host=host)) == 0
    assert found(matches, View(b"/x", host=b"b.com")) is None


def test_methods_are_compared_exactly_and_go_before_header_fields() -> None:
    matches = [Match(headers=(("a", "1"), ("b", "2"))), Match(methods=("POST", "PUT")), Match()]
    fields = [(b"a", b"1"), (b"b", b"2")]
    assert found(matches, View(fields=fields, method=b"PUT")) == 1
    assert found(matches, View(fields=fields, method=b"GET")) == 0
    assert found(matches, View(method=b"post")) == 2


def test_more_header_fields_go_before_fewer_and_all_must_be_there() -> None:
    matches = [Match(headers=(("A", "1"),)), Match(headers=(("a", "1"), ("b", "2")))]
    assert found(matches, View(fields=[(b"b", b"2"), (b"a", b"1")])) == 1
    assert found(matches, View(fields=[(b"a", b"1"), (b"b", b"3")])) == 0
    assert found(matches, View(fields=[(b"b", b"2")])) is None


def test_one_of_a_repeated_fields_values_is_enough() -> None:
    matches = [Match(headers=(("a", "1"),))]
    assert found(matches, View(fields=[(b"a", b"0"), (b"a", b"1")])) == 0


@pytest.mark.parametrize("pattern", ["/x", "/x/*", "regex:/x"])
def test_among_equals_the_first_in_the_file_wins(pattern: str) -> None:
    assert found([paths("/y"), paths(pattern), paths(pattern)], View(b"/x")) == 1
