import pytest

from router.proxy.request_ids import minter, well_formed


@pytest.mark.parametrize(
    "given", [b"7f3a", b"2f1c9c1e-8f0e-4d3a-9d0a-1c2b3d4e5f60", b"Root=1-67:a/b+c@d_e", b"x" * 128]
)
def test_an_id_that_looks_like_one_is_kept(given: bytes) -> None:
    assert well_formed(given)


@pytest.mark.parametrize(
    "given", [b"", b"x" * 129, b"a b", b'a"b', b"a\\b", b"a\n", b"\xe9", b"<a>"]
)
def test_what_could_harm_a_log_or_a_document_is_no_id(given: bytes) -> None:
    assert not well_formed(given)


def test_a_worker_never_makes_the_same_id_twice() -> None:
    mint = minter(b"\x01" * 8)
    made = [mint() for _ in range(1000)]
    assert len(set(made)) == 1000
    assert all(well_formed(each) and len(each) == 32 for each in made)


def test_two_workers_never_make_the_same_id() -> None:
    one, other = minter(b"\x01" * 8), minter(b"\x02" * 8)
    assert not {one() for _ in range(100)} & {other() for _ in range(100)}
