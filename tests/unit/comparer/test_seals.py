import os

import pytest

from router.comparer.seals import Seals
from router.errors import UnreadableError
from router.vault import STREAMED, Vault
from router.wire.pairs import encode_pairs
from tests.support.pairs import pair, twice
from tests.support.streams import KEY, seals

PAIRS = [pair(), twice(pair(number=1), b"again")]


def test_what_is_sealed_opens_as_it_was_and_cannot_be_read() -> None:
    sealed = seals().seal("support", PAIRS)
    assert seals().open("support", sealed) == PAIRS
    assert b"refund" not in sealed
    assert b"/v1/classify" not in sealed


@pytest.mark.parametrize(
    "sealed",
    [
        seals(bytes(32 * [7])).seal("support", PAIRS),
        seals(place="another").seal("support", PAIRS),
        seals().seal("billing", PAIRS),
        Vault([KEY], os.urandom).seal(encode_pairs(PAIRS), "gray", "support"),
        seals().seal("support", PAIRS)[:-1],
        b"",
        os.urandom(500),
    ],
    ids=["key", "store", "service", "purpose", "cut", "nothing", "garbage"],
)
def test_what_was_not_sealed_for_here_does_not_open(sealed: bytes) -> None:
    with pytest.raises(UnreadableError):
        seals().open("support", sealed)


def test_what_an_earlier_key_has_sealed_opens_while_that_is_known() -> None:
    newer = Seals([bytes(32 * [7]), KEY], os.urandom, "gray")
    assert newer.open("support", seals().seal("support", PAIRS)) == PAIRS


def test_keys_may_change_while_it_is_in_use() -> None:
    both = seals()
    before = both.seal("support", PAIRS)
    both.renew([bytes(32 * [7]), KEY])
    assert both.open("support", before) == PAIRS
    newer = seals(bytes(32 * [7]))
    assert newer.open("support", both.seal("support", PAIRS)) == PAIRS


@pytest.mark.parametrize("plain", [b"\x00\x00\x00\x04\x93abc", b"\xff\xff\xff\xff", b"garbage"])
def test_what_holds_no_pairs_is_said_without_a_word_of_it(plain: bytes) -> None:
    sealed = Vault([KEY], os.urandom, STREAMED).seal(plain, "gray", "support")
    with pytest.raises(UnreadableError, match="no pairs that this version reads"):
        seals().open("support", sealed)


def test_pairs_of_another_service_are_none_of_this_one() -> None:
    sealed = seals().seal("support", [pair(service="billing")])
    with pytest.raises(UnreadableError, match="another service"):
        seals().open("support", sealed)
