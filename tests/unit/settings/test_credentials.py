import hashlib

import pytest

from router.settings.credentials import (
    OURS,
    read_caller_name,
    read_digest,
    read_peer_secret,
    read_secret,
)
from router.settings.problems import NotAllowedError

DIGEST = hashlib.sha256(b"a token").hexdigest()


@pytest.mark.parametrize("name", ["a", "first.last", "ci-robot_2", "ana@example.com", "x" * 63])
def test_a_caller_has_a_name_for_the_audit_log(name: str) -> None:
    assert read_caller_name(name) == name


@pytest.mark.parametrize("name", ["", "Ana", "-a", ".", "a b", "a/b", "é", "x" * 64, 7, None])
def test_a_name_is_short_and_plain(name: object) -> None:
    with pytest.raises(NotAllowedError):
        read_caller_name(name)


@pytest.mark.parametrize("name", OURS)
def test_nobody_goes_by_the_routers_own_names(name: str) -> None:
    with pytest.raises(NotAllowedError) as refused:
        read_caller_name(name)
    assert "the router's own" in refused.value.allowed


def test_a_digest_is_compared_in_lower_case() -> None:
    assert read_digest(DIGEST.upper()) == DIGEST


@pytest.mark.parametrize("value", ["a token", DIGEST[:-1], f"{DIGEST}0", f"{DIGEST[:-1]}g", 5, ""])
def test_what_is_no_digest_is_refused_and_never_repeated(value: object) -> None:
    with pytest.raises(NotAllowedError) as refused:
        read_digest(value)
    assert (refused.value.suggestion, refused.value.detail) == (None, None)


@pytest.mark.parametrize("text", [b"", b"\n"])
def test_a_variable_that_was_empty_makes_no_token(text: bytes) -> None:
    with pytest.raises(NotAllowedError) as refused:
        read_digest(hashlib.sha256(text).hexdigest())
    assert "no text at all" in refused.value.allowed


def test_a_secret_is_long() -> None:
    assert read_secret("x" * 16) == "x" * 16


def test_the_secret_of_replicas_is_longer() -> None:
    assert read_peer_secret("x" * 32) == "x" * 32
    for short in ("x" * 31, "x" * 31 + "\n", ""):
        with pytest.raises(NotAllowedError):
            read_peer_secret(short)


@pytest.mark.parametrize("value", ["x" * 15, "", "x" * 15 + "\n", 1234567890123456])
def test_a_short_secret_is_refused(value: object) -> None:
    with pytest.raises(NotAllowedError):
        read_secret(value)
