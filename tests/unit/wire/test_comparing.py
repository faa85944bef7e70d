from dataclasses import replace

import pytest

from router.compare.rules import CompareRules, Decision, Fold, Profile, Tolerance, ValueClass
from router.routing.snapshot import Place, PlaceKind
from router.wire.codec import Decoder, Message, encode
from router.wire.comparing import CompareBy, Compared, Counted, Finish, Kept, Sample

RULES = CompareRules(
    profile=Profile.OPENAI,
    classes=(("/at", ValueClass.TIMESTAMP),),
    tolerance=(("/score", Tolerance(0.05, 0.01)),),
    fold=Fold(case=True),
    decision=Decision("/label", "/result/label", (("REFUND", "refund"),)),
)
BY = CompareBy(
    {"support": RULES},
    key=b"k" * 32,
    former_keys=(b"f" * 32,),
    keys={"support": (Place(PlaceKind.HEADER, "x-user"),)},
    secret=b"s" * 32,
)


@pytest.mark.parametrize(
    "message",
    [
        BY,
        Kept(7),
        Finish(2.5),
        Compared(
            3,
            [Counted("support", "7/m", None, 1, 0.5, b"\x00")],
            [Sample("a1", "support", "7", 0.5, "diff", (("/a", "value"),), b"{}", (b"x",), b"y")],
            {"support": {"match": 1}},
            5,
            {"support": 2},
            0.25,
        ),
    ],
)
def test_what_supervisor_and_comparer_say_arrives_as_it_was_said(message: Message) -> None:
    assert list(Decoder().feed(encode(message))) == [message]


def test_no_log_shows_a_key() -> None:
    assert b"k" * 32 not in repr(BY).encode()
    assert b"s" * 32 not in repr(BY).encode()
    assert b"f" * 32 not in repr(BY).encode()


def test_what_is_sealed_is_sealed_with_the_newest_key() -> None:
    assert BY.opening_keys == (b"k" * 32, b"f" * 32)
    assert replace(BY, key=b"").opening_keys == ()
