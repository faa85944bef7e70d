import pytest

from router.routing.buckets import bucket_of

LONG = "s" * 65


@pytest.mark.parametrize(
    ("salt", "key", "bucket"),
    [
        ("support", b"", 6347),
        ("support", b"u", 7375),
        ("support", b"user-1", 1733),
        ("support", b"user-2", 1628),
        ("support", "Zoë".encode(), 7219),
        ("support", b"k" * 1000, 9426),
        ("", b"user-1", 3768),
        ("grün", b"user-1", 4513),
        ("s" * 64, b"user-1", 1510),
        (LONG, b"user-1", 1558),
    ],
)
def test_a_key_keeps_its_place_in_every_process_and_release(
    salt: str, key: bytes, bucket: int
) -> None:
    """Written down once: a change of these numbers moves every user of every installation."""
    assert bucket_of(salt)(key) == bucket


def test_every_byte_of_a_long_salt_counts() -> None:
    keys = [b"%d" % number for number in range(50)]
    one, other = bucket_of(LONG + "a"), bucket_of(LONG + "b")
    assert [one(key) for key in keys] != [other(key) for key in keys]


def test_a_salt_remembers_nothing_of_the_keys_before() -> None:
    bucket = bucket_of("support")
    assert [bucket(b"user-1"), bucket(b"user-2"), bucket(b"user-1")] == [1733, 1628, 1733]
