import pytest
from hypothesis import given, strategies as st

from router.errors import StoreDamagedError, StoreTooNewError
from router.model import ALL, BasisPoints
from router.release.state import Release
from router.store.codec import canonical, decode, document, encode, rewrite
from tests.support.stored import release_at


@given(
    st.builds(
        release_at,
        st.integers(0, 2**62),
        st.integers(0, 2**40),
        service=st.text(),
        share=st.integers(0, ALL),
        reason=st.text(),
    )
)
def test_a_release_is_read_as_it_was_written(release: Release) -> None:
    assert decode(encode(release)) == release


@pytest.mark.parametrize("shadow", [None, 0, ALL])
def test_what_is_copied_is_read_as_it_was_written(shadow: BasisPoints | None) -> None:
    release = Release("support", shadow=shadow)
    assert decode(encode(release)) == release


def test_what_is_written_says_in_which_format() -> None:
    assert encode(release_at(1, 2)).startswith(b'{"format":1,"release":{')


def test_what_an_earlier_version_did_not_know_has_its_default() -> None:
    release = decode(b'{"format":1,"release":{"service":"support"}}')
    assert release == Release("support")
    assert release.shadow is None


def test_what_a_later_version_has_added_is_left_out() -> None:
    later = b'{"format":1,"release":{"service":"support","mood":"good"},"signed":true}'
    assert decode(later) == Release("support")


def test_a_newer_format_is_not_guessed_at() -> None:
    refusal = "a stored release was written by a newer version: its format is 7, .* up to 1"
    with pytest.raises(StoreTooNewError, match=refusal):
        decode(b'{"format":7,"release":["another","shape"]}')


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"garbage",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"format":1}',
        b'{"format":"1","release":{"service":"support"}}',
        b'{"format":1,"release":{}}',
        b'{"format":1,"release":{"service":"support","share":"all"}}',
        b'{"format":1,"release":{"service":"support","share":10001}}',
        b'{"format":1,"release":{"service":"support","share":-1}}',
        b'{"format":1,"release":{"service":"support","shadow":-1}}',
        b'{"format":1,"release":{"service":"support","shadow":10001}}',
        b'{"format":1,"release":{"service":"support","epoch":-1}}',
        b'{"format":1,"release":{"service":"support","revision":-1}}',
        b'{"format":1,"release":{"service":"support","epoch":9223372036854775807}}',
        b'{"format":1,"release":{"service":"support","revision":9223372036854775807}}',
        b'{"format":1,"release":{"service":"support"}',
        b'{"format":1,"release":' + b"[" * 100_000,
    ],
    ids=lambda text: text[:60],
)
def test_what_is_no_release_is_damage(text: bytes) -> None:
    with pytest.raises(StoreDamagedError, match="stored release"):
        decode(text)


def test_damage_is_told_without_what_stands_there() -> None:
    with pytest.raises(StoreDamagedError) as told:
        decode(b'{"format":1,"release":{"service":"support","by":17,"reason":"secret"}}')
    assert "secret" not in str(told.value)


def test_canonical_json_has_its_keys_sorted_and_no_spaces() -> None:
    assert canonical({"b": [1, None], "a": {"z": "ö", "y": 1.5}}) == (
        '{"a":{"y":1.5,"z":"ö"},"b":[1,null]}'.encode()
    )


def test_what_utf_8_cannot_hold_is_replaced() -> None:
    release = release_at(0, 1, service="caf\udce9", reason="fine")
    written = decode(encode(release))
    assert (written.service, written.reason) == ("caf?", "fine")


def test_a_release_is_shown_as_json_and_none_as_none() -> None:
    shown = document(release_at(1, 2, share=500))
    assert shown is not None
    assert (shown["service"], shown["epoch"], shown["share"]) == ("support", 1, 500)
    assert document(None) is None


def test_texts_are_rewritten_wherever_they_stand_but_where_they_are_spared() -> None:
    tree = {"a": ["x", {"keep": "x", "b": "x"}], "n": 1, "none": None}
    assert rewrite(tree, str.upper, spare="keep") == {
        "A": ["X", {"KEEP": "x", "B": "X"}],
        "N": 1,
        "NONE": None,
    }
