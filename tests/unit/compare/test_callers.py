from hypothesis import given, strategies as st

from router.compare.callers import DIGEST_BYTES, Callers

SECRET = bytes(range(32))


@given(st.binary(max_size=200))
def test_a_key_is_found_again_on_any_replica(key: bytes) -> None:
    found = Callers(SECRET).digest(key)
    assert found == Callers(SECRET).digest(key)
    assert len(found) == DIGEST_BYTES


def test_keys_are_told_apart() -> None:
    callers = Callers(SECRET)
    assert callers.digest(b"ada") != callers.digest(b"charles")


def test_who_has_another_secret_finds_nobody() -> None:
    assert Callers(SECRET).digest(b"ada") != Callers(bytes(32)).digest(b"ada")
