from dataclasses import replace
from typing import Any

import pytest

from router.replica.sealing import (
    WINDOW,
    Message,
    Nonces,
    Verdict,
    is_sealed,
    judged,
    retimed,
    seal,
)

SECRET = b"a secret of enough bytes"
NOW = 1_790_000_000.0
MESSAGE = Message("rollback", "r1", "r2", NOW, "n1", b'{"service":"support"}')


def verdict(
    message: Message, signature: str | None = None, nonces: Nonces | None = None
) -> Verdict:
    signature = seal(message, SECRET) if signature is None else signature
    return judged(message, signature, SECRET, me="r2", now=NOW, nonces=nonces or Nonces())[0]


def test_a_sealed_message_is_accepted() -> None:
    assert verdict(MESSAGE) is Verdict.ACCEPTED


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "leave"},
        {"sender": "r3"},
        {"recipient": "r3"},
        {"at": NOW + 1},
        {"nonce": "n2"},
        {"body": b"{}"},
    ],
    ids=str,
)
def test_nothing_of_it_can_be_changed(change: dict[str, Any]) -> None:
    assert verdict(replace(MESSAGE, **change), seal(MESSAGE, SECRET)) is Verdict.FORGED


def test_nothing_can_be_moved_from_one_part_to_the_next() -> None:
    moved = replace(MESSAGE, sender="r1r", recipient="2")
    assert moved.canonical() != MESSAGE.canonical()


@pytest.mark.parametrize("signature", ["", "é", "0" * 64])
def test_another_signature_is_a_forgery(signature: str) -> None:
    assert verdict(MESSAGE, signature) is Verdict.FORGED


def test_an_empty_secret_seals_nothing() -> None:
    assert not is_sealed(MESSAGE, seal(MESSAGE, b""), b"")


def test_one_for_another_replica_is_misdirected() -> None:
    assert verdict(replace(MESSAGE, recipient="r3")) is Verdict.MISDIRECTED


@pytest.mark.parametrize("by", [-WINDOW - 1, WINDOW + 1])
def test_one_of_another_time_is_untimely_until_it_is_sealed_for_ours(by: float) -> None:
    message = replace(MESSAGE, at=NOW + by)
    assert verdict(message) is Verdict.UNTIMELY
    assert verdict(retimed(message, NOW, "n2")) is Verdict.ACCEPTED


def test_one_that_comes_twice_is_accepted_once_for_as_long_as_it_is_timely() -> None:
    signature, nonces = seal(MESSAGE, SECRET), Nonces()
    for at, expected in [(NOW - 30, "accepted"), (NOW + 30, "repeated"), (NOW + 31, "untimely")]:
        found, nonces = judged(MESSAGE, signature, SECRET, me="r2", now=at, nonces=nonces)
        assert found == expected


def test_what_is_refused_is_not_remembered_and_what_is_old_is_forgotten() -> None:
    nonces = Nonces({"old": NOW - 2 * WINDOW - 1, "ahead": NOW + 3600, "recent": NOW - 1})
    after = judged(MESSAGE, seal(MESSAGE, SECRET), SECRET, me="r2", now=NOW, nonces=nonces)[1]
    assert set(after.used) == {"recent", "n1"}
    assert judged(MESSAGE, "", SECRET, me="r2", now=NOW, nonces=nonces)[1] == nonces
