import pytest

from router.errors import StoreDamagedError
from router.store.evicting import held
from router.store.redis_kept import (
    Kind,
    held_sample,
    held_sealed,
    original,
    sample_head,
    sampled as put_together,
    sealed_head,
    words_of_nothing,
    words_of_sample,
    words_of_sealed,
)
from router.store.redis_scripts import Keys
from tests.support.recorded import sampled, sealed_of

KEYS = Keys("gray")
SAMPLES, SEALED = Kind("samples", KEYS), Kind("sealed", KEYS)


def test_a_sample_is_put_together_from_what_the_script_was_told() -> None:
    kept = sampled(1, ("/a", "value"), ("/a", "type"), callers=(b"x", b"x"))
    number, size, count, head, text, *places = words_of_sample(SAMPLES, kept)
    assert isinstance(number, bytes)
    assert isinstance(head, bytes)
    assert isinstance(text, bytes)
    assert put_together(number, sample_head(head), text) == kept
    assert held_sample(number, head) == held(kept)
    assert size == held(kept).size
    assert count == 4
    assert len(places) == 8
    assert len(set(places[1::2])) == 4


def test_an_original_is_put_together_from_what_the_script_was_told() -> None:
    kept = sealed_of(1, callers=(b"x",))
    number, _, count, head, text, *places = words_of_sealed(SEALED, kept)
    assert isinstance(number, bytes)
    assert isinstance(head, bytes)
    assert isinstance(text, bytes)
    assert original(number, sealed_head(head), text) == kept
    assert held_sealed(number, head) == held(kept)
    assert count == len(places) // 2 == 4
    assert SEALED.ends in places


def test_what_is_removed_stands_nowhere() -> None:
    assert list(words_of_nothing([b"a", b"b"])) == [b"a", 0, 0, b"", b"", b"b", 0, 0, b"", b""]


def test_all_keys_are_the_stores_own_and_no_two_are_alike() -> None:
    names = [
        SAMPLES.of("field", "a", "bc"),
        SAMPLES.of("field", "ab", "c"),
        SEALED.of("field", "a"),
    ]
    assert len(set(names)) == 3
    assert all(name.startswith(b"{gray}:") for name in names)
    assert set(SAMPLES.hashes) & set(SEALED.hashes) == {KEYS.sizes}


@pytest.mark.parametrize("read", [sample_head, sealed_head])
@pytest.mark.parametrize("packed", [b"", b"x", b"\x91\x01", b"\xff"])
def test_what_was_tampered_with_is_damaged(read: object, packed: bytes) -> None:
    assert callable(read)
    with pytest.raises(StoreDamagedError):
        read(packed)
