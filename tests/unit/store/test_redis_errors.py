import ssl

import pytest
from redis import exceptions

from router.errors import (
    NotDurableError,
    StoreDamagedError,
    StoreError,
    StoreUnavailableError,
)
from router.store.redis_errors import translated

PLACE = "redis://host:6379/0"


def meaning_of(error: Exception) -> StoreError:
    with pytest.raises(StoreError) as raised, translated(PLACE):
        raise error
    assert raised.value.__cause__ is error
    assert str(raised.value).startswith(f"{PLACE}: ")
    return raised.value


@pytest.mark.parametrize(
    "error",
    [
        exceptions.OutOfMemoryError("command not allowed", status_code="OOM"),
        exceptions.ReadOnlyError("You can't write", status_code="READONLY"),
        exceptions.ResponseError("MISCONF Redis is configured to save RDB snapshots"),
        exceptions.ResponseError("NOREPLICAS Not enough good replicas to write."),
        exceptions.ExecAbortError("Transaction discarded because of: NOREPLICAS Not enough"),
        exceptions.ResponseError("ERR Error running script: @user_script:3: -MISCONF Errors"),
    ],
    ids=str,
)
def test_what_is_not_written_down_is_not_durable(error: Exception) -> None:
    assert isinstance(meaning_of(error), NotDurableError)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (exceptions.TimeoutError("Timeout reading from socket"), "it does not answer"),
        (TimeoutError(), "it does not answer"),
        (exceptions.BusyLoadingError("Redis is loading", status_code="LOADING"), "still reading"),
        (exceptions.ResponseError("BUSY Redis is busy running a script"), "somebody's script"),
        (exceptions.MovedError("1 host:1"), "it refuses a command"),
        (exceptions.ClusterDownError("Hash slot", status_code="CLUSTERDOWN"), "cluster is down"),
        (exceptions.AuthenticationError("x", status_code="WRONGPASS"), "do not fit"),
        (exceptions.NoPermissionError("User ada may not", status_code="NOPERM"), "access list"),
        (exceptions.ResponseError("ERR The user executing the script can't"), "access list"),
        (exceptions.ConnectionError("gone"), "there is no connection to it$"),
        (ConnectionRefusedError(111, "Connection refused"), r"\(Connection refused\)"),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER]"), "WRONG_VERSION_NUMBER"),
        (exceptions.ResponseError("ERR unknown command 'X', with args: hunter2"), r"\(ERR\)"),
        (exceptions.DataError("Invalid input"), r"\(DataError\)"),
    ],
    ids=str,
)
def test_whatever_else_is_wrong_makes_it_unavailable(error: Exception, said: str) -> None:
    found = meaning_of(error)
    assert isinstance(found, StoreUnavailableError)
    with pytest.raises(StoreUnavailableError, match=said):
        raise found


def test_a_key_of_another_kind_is_damage() -> None:
    assert isinstance(
        meaning_of(exceptions.ResponseError("WRONGTYPE Operation")), StoreDamagedError
    )


@pytest.mark.parametrize(
    "error",
    [
        exceptions.ResponseError("ERR unknown command 'HSET', with args: hunter2"),
        exceptions.NoPermissionError("User hunter2 has no permissions", status_code="NOPERM"),
        exceptions.ConnectionError("Error connecting to hunter2"),
    ],
)
def test_what_was_sent_is_not_repeated(error: Exception) -> None:
    assert "hunter2" not in str(meaning_of(error))


def test_what_hides_behind_the_drivers_error_is_said() -> None:
    error = exceptions.ConnectionError("x")
    error.__cause__ = FileNotFoundError(2, "No such file or directory")
    assert "(No such file or directory)" in str(meaning_of(error))


def test_a_bug_stays_a_bug() -> None:
    with pytest.raises(KeyError), translated(PLACE):
        raise KeyError("x")
