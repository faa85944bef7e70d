import os

import pytest
from hypothesis import given, strategies as st

from router.errors import UnknownKeyError, VaultError
from router.vault import ORIGINALS, STREAMED, Vault

OLD, NEW = bytes(range(32)), bytes(range(32, 64))


def vault(*keys: bytes) -> Vault:
    return Vault(keys or (NEW,), os.urandom)


@given(st.binary(max_size=4096), st.text(max_size=20))
def test_what_was_sealed_opens_again(plain: bytes, service: str) -> None:
    sealed = vault().seal(plain, service, "id-1")
    assert vault().open(sealed, service, "id-1") == plain
    assert len(sealed) == len(plain) + 53


def test_nothing_of_it_can_be_read() -> None:
    plain = b"a very distinctive secret"
    sealed = vault().seal(plain, "support", "1")
    assert not any(plain[at : at + 4] in sealed for at in range(len(plain) - 3))
    assert b"support" not in sealed


def test_the_same_is_never_sealed_alike() -> None:
    opened = vault()
    assert len({opened.seal(b"x", "support", "1") for _ in range(100)}) == 100


@pytest.mark.parametrize("bound", [("billing", "1"), ("support", "2"), ("support1", ""), ()])
def test_it_opens_in_its_own_place_alone(bound: tuple[str, ...]) -> None:
    sealed = vault().seal(b"x", "support", "1")
    with pytest.raises(VaultError, match="belongs elsewhere"):
        vault().open(sealed, *bound)


def test_no_bit_of_it_can_be_changed() -> None:
    sealed = vault().seal(b"x", "support", "1")
    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        with pytest.raises(VaultError):
            vault().open(bytes(changed), "support", "1")


@pytest.mark.parametrize("sealed", [b"", b"\x01", bytes(200), b"\x02" * 200])
def test_what_nobody_sealed_does_not_open(sealed: bytes) -> None:
    with pytest.raises(VaultError):
        vault().open(sealed, "support", "1")


def test_an_earlier_key_opens_what_it_has_sealed_and_seals_nothing_more() -> None:
    before = vault(OLD).seal(b"x", "support", "1")
    both = vault(NEW, OLD)
    assert both.open(before, "support", "1") == b"x"
    assert vault(NEW).open(both.seal(b"y", "support", "1"), "support", "1") == b"y"
    with pytest.raises(UnknownKeyError, match=r"neither records\.key nor in records\.former_keys"):
        vault(NEW).open(before, "support", "1")


def test_the_key_that_is_missing_is_named_and_nothing_of_it_is_shown() -> None:
    with pytest.raises(UnknownKeyError) as refused:
        vault(NEW).open(vault(OLD).seal(b"x", "support", "1"), "support", "1")
    (old,), (new,) = vault(OLD).names, vault(NEW).names
    assert refused.value.key == old != new
    assert old in str(refused.value)
    assert not any(old[at : at + 4] in OLD.hex() for at in range(0, 13, 2))
    assert vault(NEW, OLD).names == (new, old)


def test_what_was_sealed_for_one_purpose_opens_for_no_other() -> None:
    streams, originals = (Vault([NEW], os.urandom, it) for it in (STREAMED, ORIGINALS))
    sealed = streams.seal(b"x", "support", "1")
    assert streams.open(sealed, "support", "1") == b"x"
    with pytest.raises(VaultError, match="belongs elsewhere"):
        originals.open(sealed, "support", "1")


@pytest.mark.parametrize("keys", [(), (b"short",), (NEW, bytes(33))])
def test_a_key_has_32_bytes(keys: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(keys, os.urandom)


def test_it_shows_no_key() -> None:
    assert NEW.hex() not in repr(vault())
    assert repr(NEW) not in repr(vault())
