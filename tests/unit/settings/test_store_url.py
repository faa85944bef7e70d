from pathlib import Path

import pytest

from router.settings.problems import NotAllowedError
from router.settings.store_url import read_key_prefix, read_store_url, redis_of
from router.store.opening import open_store


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///./data/x.db",
        "sqlite:////var/lib/x%20y.db",
        "sqlite:///x",
        "memory:",
        "redis://ada:word@host:1/2",
        "rediss://host?ca=ca.pem",
        "redis+sentinel://a,b/main",
    ],
)
def test_a_store_that_is_read_can_be_opened(url: str, tmp_path: Path) -> None:
    assert read_store_url(url) == url
    open_store(url, tmp_path)


@pytest.mark.parametrize(
    ("url", "detail"),
    [
        ("redis://host/x", "with a database that is a number: /0"),
        ("redis+sentinel://a,b", "with the name that the sentinels give the master: /MASTER"),
        ("redis://host?prefix=a", "without `prefix`: that is store.prefix"),
    ],
)
def test_a_redis_that_cannot_be_meant_is_refused_with_what_can(url: str, detail: str) -> None:
    with pytest.raises(NotAllowedError) as refused:
        read_store_url(url)
    assert refused.value.detail == detail


def test_what_is_said_of_a_redis_repeats_no_password() -> None:
    with pytest.raises(NotAllowedError) as refused:
        read_store_url("redis://ada:hunter2@host/x")
    assert "hunter2" not in str(refused.value.detail)


def test_where_a_redis_is_can_be_asked() -> None:
    address = redis_of("rediss://ada:x@host")
    assert str(address) == "rediss://host:6379/0"
    assert redis_of("memory:") is None


@pytest.mark.parametrize("value", ["gray", "team-a:gray.2", "a" * 64])
def test_a_prefix_is_read(value: str) -> None:
    assert read_key_prefix(value) == value


@pytest.mark.parametrize("value", ["", "a" * 65, "{gray}", "a b", 7])
def test_what_is_no_prefix_is_refused(value: object) -> None:
    with pytest.raises(NotAllowedError):
        read_key_prefix(value)


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
