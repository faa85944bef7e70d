from pathlib import Path

import pytest

from router.settings.problems import NotAllowedError
from router.settings.store_url import read_store_url
from router.store.opening import open_store


@pytest.mark.parametrize(
    "url", ["sqlite:///./data/x.db", "sqlite:////var/lib/x%20y.db", "sqlite:///x", "memory:"]
)
def test_a_store_that_is_read_can_be_opened(url: str, tmp_path: Path) -> None:
    assert read_store_url(url) == url
    open_store(url, tmp_path)


@pytest.mark.parametrize("url", ["redis://a", "rediss://a", "redis+sentinel://a/b"])
def test_redis_is_still_to_come(url: str) -> None:
    with pytest.raises(NotAllowedError) as refused:
        read_store_url(url)
    assert refused.value.supported_later


@pytest.mark.parametrize(
    ("value", "suggestion"),
    [
        ("./data/x.db", "sqlite:///./data/x.db"),
        ("/var/lib/x.db", "sqlite:////var/lib/x.db"),
        ("sqlite://data/x.db", "sqlite:///data/x.db"),
        ("sqlite:data/x.db", "sqlite:///data/x.db"),
        ("postgresql://a/b", None),
        ("sqlite:", None),
        ("sqlite:///", None),
        ("sqlite:///data/", None),
        ("sqlite:///a?mode=ro", None),
        ("sqlite:///a#b", None),
        ("sqlite:///a%00b", None),
        ("memory:x", None),
        ("", None),
        (7, None),
    ],
)
def test_what_is_no_store_is_refused(value: object, suggestion: str | None) -> None:
    with pytest.raises(NotAllowedError) as refused:
        read_store_url(value)
    assert refused.value.suggestion == suggestion
    assert not refused.value.supported_later
