from hashlib import blake2b

from hypothesis import given, strategies as st

from router.proxy.shadow.capture import HASH_BYTES, Kept


def digest(body: bytes) -> bytes:
    return blake2b(body, digest_size=HASH_BYTES).digest()


@given(st.lists(st.binary(max_size=6), max_size=6), st.integers(0, 20))
def test_all_is_kept_up_to_the_limit_and_beyond_it_size_and_hash(
    pieces: list[bytes], most: int
) -> None:
    kept, held, body = Kept(most), 0, b"".join(pieces)
    for piece in pieces:
        held += kept.take(piece)
    assert kept.size == len(body)
    assert held == len(kept.read()) <= most
    if len(body) <= most:
        assert (kept.read(), kept.digest()) == (body, b"")
    else:
        assert (kept.read(), kept.digest()) == (b"", digest(body))


def test_small_pieces_take_no_more_than_they_say() -> None:
    kept = Kept(100)
    for _ in range(50):
        kept.take(b"ab")
    assert isinstance(kept._body, bytearray)
    assert kept.read() == b"ab" * 50
