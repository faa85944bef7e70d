import pytest

from router.cli.store_url import filled_in
from router.errors import UsageError


def test_what_is_secret_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORD", "hunter2")
    assert filled_in("redis://:${WORD}@host") == "redis://:hunter2@host"
    assert filled_in("sqlite:///$x.db") == "sqlite:///$x.db"


def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORD", raising=False)
    with pytest.raises(UsageError, match="WORD is not set"):
        filled_in("redis://:${WORD}@host")
