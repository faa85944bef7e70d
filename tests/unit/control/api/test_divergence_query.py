from urllib.parse import urlencode

import pytest
from aiohttp.test_utils import make_mocked_request

from router.control.api.divergence_query import Query, cursor, read_query
from router.control.api.problems import MALFORMED_QUERY, RefusedError

NOW = 1_790_000_000.0


def read(**asked: str) -> Query:
    return read_query(make_mocked_request("GET", f"/?{urlencode(asked)}"), NOW)


def test_without_a_word_it_is_answers_of_all_times() -> None:
    assert read() == Query("answer", None, None, None, None, 20, None)


def test_everything_may_be_narrowed_down() -> None:
    asked = {"kind": "metric", "field": "/a~1b/*", "change": "missing", "phase": "7/gpt-x"}
    assert read(**asked, limit="500") == Query(
        "metric", "/a~1b/*", "missing", "7/gpt-x", None, 500, None
    )


@pytest.mark.parametrize(
    ("written", "seconds"), [("90s", 90), ("15m", 900), ("2h", 7200), ("7d", 604_800)]
)
def test_since_is_a_duration(written: str, seconds: int) -> None:
    assert read(since=written).since == NOW - seconds


@pytest.mark.parametrize("written", ["2026-09-21T14:13:20Z", "2026-09-21T16:13:20.000+02:00"])
def test_or_a_time(written: str) -> None:
    assert read(since=written).since == NOW


@pytest.mark.parametrize("written", ["99999d", "0001-01-01T00:00:00+14:00"])
def test_before_all_times_is_all_of_them(written: str) -> None:
    assert read(since=written).since == 0


@pytest.mark.parametrize("place", [(1_790_000_000.25, "01JD7-x_y"), (0.0, "a")])
def test_a_page_begins_where_the_one_before_has_ended(place: tuple[float, str]) -> None:
    written = cursor(place)
    assert written is not None
    assert read(page=written).before == place
    assert cursor(None) is None


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("kind", "answers"),
        ("kind", ""),
        ("change", "values"),
        ("field", "x" * 201),
        ("phase", ""),
        ("since", "0s"),
        ("since", "5"),
        ("since", "5w"),
        ("since", "-5m"),
        ("since", "2026-13-01T00:00:00Z"),
        ("since", "2026-09-21"),
        ("since", "2026-09-21T14:13:20"),
        ("limit", "0"),
        ("limit", "501"),
        ("limit", "x"),
        ("page", "x"),
        ("page", "1e9~a"),
        ("page", "nan~a"),
        ("page", "1~"),
    ],
)
def test_what_means_nothing_is_refused_with_what_is_possible(name: str, written: str) -> None:
    with pytest.raises(RefusedError) as refused:
        read(**{name: written})
    assert refused.value.kind is MALFORMED_QUERY
    assert refused.value.detail.startswith(name)


def test_what_stands_twice_is_refused() -> None:
    with pytest.raises(RefusedError, match="field stands twice"):
        read_query(make_mocked_request("GET", "/?field=a&field=b"), NOW)
