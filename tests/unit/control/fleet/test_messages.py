from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given, strategies as st

from router.control.fleet import messages
from router.control.fleet.messages import (
    LARGEST,
    Call,
    Words,
    checked,
    hear,
    parted,
    read_call,
    read_words,
    say,
    write_call,
    write_words,
)
from router.errors import PeerMessageError
from router.model import BasisPoints
from router.release.state import Release, Status
from router.store.codec import encode
from tests.support.peers import replica, rolled_back, word

R1 = replica("r1", "https://r1:9902")
CALL = Call("call-1", R1, (rolled_back(), rolled_back("orders", 3)))
WORDS = Words("call-1", R1, (word("r1"), word("r1", "orders", 1)))


def test_a_call_is_read_as_it_was_written() -> None:
    assert read_call(write_call(CALL)) == CALL


def test_words_are_read_as_they_were_written() -> None:
    assert read_words(write_words(WORDS)) == WORDS


def test_a_word_says_when_ai_was_asked_last() -> None:
    said = replace(WORDS, words=(replace(word("r1"), last_begun_ago_ms=7.5),))
    assert [each.last_begun_ago_ms for each in read_words(write_words(said)).words] == [7.5]


def test_what_is_called_out_says_of_which_kind_it_is() -> None:
    assert hear(say(CALL)) == CALL
    assert hear(say(WORDS)) == WORDS


def test_a_kind_that_a_newer_version_knows_is_left_alone() -> None:
    assert hear(b'{"kind":"weather","said":{"sun":1}}') is None


def test_a_field_that_a_newer_version_knows_is_left_alone() -> None:
    known = orjson.loads(write_call(CALL))
    known["presence"]["mood"] = "good"
    assert read_call(orjson.dumps({**known, "mood": "good"})) == CALL


@pytest.mark.parametrize(
    "release",
    [
        Release("support"),
        Release("support", Status.ROLLING, BasisPoints(500), epoch=9),
        Release("support", Status.COMPLETE, BasisPoints(10_000), epoch=9),
    ],
)
def test_nothing_but_a_rollback_can_be_told(release: Release) -> None:
    with pytest.raises(PeerMessageError, match="something else than rollbacks"):
        read_call(write_call(replace(CALL, releases=(release,))))


def spoiled(**changes: Any) -> bytes:
    return orjson.dumps({**orjson.loads(write_call(CALL)), **changes})


RELEASE = orjson.loads(encode(rolled_back()))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        spoiled(call=""),
        spoiled(call="x" * 256),
        spoiled(releases=[]),
        spoiled(releases=[1]),
        spoiled(releases=[RELEASE, RELEASE]),
        spoiled(releases=[{**RELEASE, "format": 99}]),
        spoiled(releases=[{"format": 1, "release": {"service": "s", "epoch": 2**63}}]),
        spoiled(releases=[{"format": 1, "release": {"service": "s", "share": 5}}]),
        spoiled(presence={"replica": "r1"}),
        spoiled(presence={"replica": "", "instance": "i"}),
        spoiled(presence={"replica": "r\n1", "instance": "i"}),
        spoiled(presence={"replica": "r1", "instance": "i", "workers": -1}),
        spoiled(presence={"replica": "r1", "instance": "i", "advertise": "http://r1:1/x"}),
        spoiled(presence={"replica": "r1", "instance": "i", "version": "x" * 256}),
    ],
)
def test_what_is_no_call_is_refused_by_one_name(text: bytes) -> None:
    with pytest.raises(PeerMessageError):
        read_call(text)


def test_nothing_of_what_is_refused_is_repeated() -> None:
    for text in (
        spoiled(presence={"replica": "KEY\n"}),
        b'{"call": "KEY", }',
        spoiled(call="KEY" * 99),
    ):
        with pytest.raises(PeerMessageError) as refused:
            read_call(text)
        assert "KEY" not in str(refused.value)
        assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    "change",
    [
        {"workers": -1},
        {"acked": 2**40},
        {"applied_ms": -0.5},
        {"applied_ms": "1"},
        {"last_begun_ago_ms": -1},
        {"in_store": None},
        {"instance": "r2-1"},
        {"service": ""},
    ],
)
def test_a_word_that_cannot_be_is_refused(change: dict[str, object]) -> None:
    said = orjson.loads(write_words(WORDS))
    said["words"][0] |= change
    with pytest.raises(PeerMessageError):
        read_words(orjson.dumps(said))


def test_a_message_is_bounded_before_it_is_read() -> None:
    with pytest.raises(PeerMessageError, match="more than"):
        read_call(b" " * (LARGEST + 1))


def test_where_a_replica_is_found_is_written_in_one_way() -> None:
    assert checked(replica("r1", "https://R1:9902/")).advertise == "https://r1:9902"
    assert checked(replica("r1")).advertise == ""


def test_many_services_take_more_than_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "FULL", 1000)
    releases = [rolled_back(f"s{number}", 2, "x" * 100) for number in range(20)]
    parts = list(parted(releases))
    assert [release for part in parts for release in part] == releases
    assert len(parts) > 5
    assert all(sum(len(encode(each)) for each in part) <= 1000 for part in parts)


def test_a_release_that_is_too_large_for_itself_is_told_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(messages, "FULL", 10)
    assert list(parted(CALL.releases)) == [(each,) for each in CALL.releases]
    assert list(parted(())) == []


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_are_refused(text: bytes) -> None:
    for reader in (read_call, read_words, hear):
        with pytest.raises(PeerMessageError):
            reader(text)
