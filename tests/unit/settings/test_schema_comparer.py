import pytest

from router.settings.problems import Data
from router.settings.schema_comparer import ComparerSettings, StreamSettings
from tests.unit.settings.configs import problems_of, settings_of

REDIS: Data = {"url": "redis://there"}
RECORDS: Data = {"key": bytes(range(32)).hex()}


def test_each_router_judges_its_own_unless_a_stream_is_asked_for() -> None:
    assert settings_of().comparer == ComparerSettings(stream=None)
    empty: Data = {"stream": None}
    assert settings_of(comparer=empty).comparer.stream is None


def test_a_stream_has_bounds_by_default() -> None:
    asked: Data = {"stream": {}}
    stream = settings_of(comparer=asked, store=REDIS, records=RECORDS).comparer.stream
    assert stream == StreamSettings()
    assert stream is not None
    assert (stream.max_bytes, stream.max_age, stream.judge) == (64 << 20, 3600.0, True)


@pytest.mark.parametrize("age", ["59s", "8d", "0s"])
def test_pairs_wait_for_longer_than_whoever_judges_them_may_be_silent(age: str) -> None:
    asked: Data = {"stream": {"max_age": age}}
    ((path, statement),) = problems_of(comparer=asked, store=REDIS, records=RECORDS)
    assert path == "comparer.stream.max_age"
    assert "allowed is a duration from 1m to 7d" in statement


def test_a_stream_is_as_it_is_asked_for() -> None:
    asked: Data = {"stream": {"max_bytes": "1GiB", "max_age": "15m", "judge": False}}
    stream = settings_of(comparer=asked, store=REDIS, records=RECORDS).comparer.stream
    assert stream is not None
    assert (stream.max_bytes, stream.max_age, stream.judge) == (1 << 30, 900.0, False)
