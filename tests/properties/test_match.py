"""The table with its dictionaries against the order said plainly: fit all, then take the best."""

import re

from hypothesis import given, settings, strategies as st

from router.places.path import path_of
from router.routing.match import RouteTable
from router.routing.snapshot import Match
from tests.support.views import View, service

host_patterns = st.sampled_from(["a.com", "b.a.com", "*.a.com", "*.com", "*.b.a.com"])
path_patterns = st.sampled_from(
    ["/", "/*", "/a", "/a/*", "/a/b", "/a/b/*", "/ab/*", "regex:/a/.", "regex:/.*"]
)
matches = st.builds(
    Match,
    hosts=st.lists(host_patterns, max_size=2).map(tuple),
    paths=st.lists(path_patterns, max_size=2).map(tuple),
    methods=st.sampled_from([(), (), ("GET",), ("POST", "PUT")]),
    headers=st.sampled_from([(), (), (("x", "1"),), (("x", "1"), ("y", "2"))]),
)
heads = st.builds(
    View,
    target=st.sampled_from([b"/", b"/a", b"/a/", b"/a/b", b"/a/b/c", b"/ab", b"/a/../ab?q", b"*"]),
    fields=st.sampled_from([[], [(b"x", b"1")], [(b"y", b"2"), (b"x", b"0"), (b"x", b"1")]]),
    method=st.sampled_from([b"GET", b"PUT"]),
    host=st.sampled_from([b"", b"a.com", b"b.a.com", b"c.b.a.com", b"x.com", b"com", b"other"]),
)


def host_rank(pattern: str, host: str) -> int | None:
    if pattern.startswith("*"):
        return 1000 - len(pattern) if host.endswith(pattern[1:]) and host != pattern[1:] else None
    if not pattern:
        return 2000
    return 0 if pattern == host else None


def path_rank(pattern: str, path: str) -> int | None:
    if pattern.startswith("regex:"):
        return 1 if re.fullmatch(pattern[6:], path) else None
    if pattern.endswith("/*"):
        return (
            1000 - len(pattern)
            if (path + "/").startswith(pattern[:-1]) or pattern == "/*"
            else None
        )
    return 0 if pattern == path else None


def plainly(all_matches: list[Match], head: View) -> int | None:
    path = path_of(head.target).decode()
    ranks = [
        (by_host, by_path, not match.methods, -len(match.headers), index)
        for index, match in enumerate(all_matches)
        if not match.methods or head.method.decode() in match.methods
        if all((name.encode(), value.encode()) in head.fields for name, value in match.headers)
        for host in match.hosts or ("",)
        for pattern in match.paths or ("/*",)
        if (by_host := host_rank(host, head.host.decode())) is not None
        if (by_path := path_rank(pattern, path)) is not None
    ]
    return min(ranks)[-1] if ranks else None


@settings(max_examples=1000)
@given(st.lists(matches, max_size=6), heads)
def test_the_table_finds_the_most_specific_service(all_matches: list[Match], head: View) -> None:
    table = RouteTable(tuple(service(match) for match in all_matches))
    assert table.find(head) == plainly(all_matches, head)
