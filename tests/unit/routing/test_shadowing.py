from dataclasses import dataclass, field, replace

import pytest

from router.model import ALL, BasisPoints, Variant
from router.routing.shadowing import (
    AI_AGAIN,
    LEGACY_AGAIN,
    TO_AI,
    TO_LEGACY,
    UNSAFE,
    Sampling,
)
from router.routing.snapshot import Endpoint, Match, Sends, Shadow, Upstream

NOWHERE = Upstream((Endpoint("127.0.0.1", 9),))
BOTH = Shadow(Sends.BOTH, ALL, b"k" * 32, NOWHERE, NOWHERE)
HALF = replace(BOTH, share=BasisPoints(5_000))
IDS = [b"id-%d" % number for number in range(4_000)]


@dataclass
class Head:
    method: bytes = b"GET"
    target: bytes = b"/v1/classify?x=1"
    host: bytes = b"a"
    minor: int = 1
    fields: list[tuple[bytes, bytes]] = field(default_factory=list)


def choose(
    shadow: Shadow, served: Variant | None = Variant.LEGACY, request_id: bytes = b"id-1"
) -> int:
    return Sampling(shadow).choose(Head(), request_id, served)


def drawn(shadow: Shadow) -> set[bytes]:
    sampling = Sampling(shadow)
    return {each for each in IDS if sampling.choose(Head(), each, Variant.LEGACY)}


@pytest.mark.parametrize(
    ("sends", "served", "copies"),
    [
        (Sends.TO_AI, Variant.LEGACY, TO_AI),
        (Sends.TO_AI, Variant.AI, 0),
        (Sends.TO_LEGACY, Variant.LEGACY, 0),
        (Sends.TO_LEGACY, Variant.AI, TO_LEGACY),
        (Sends.BOTH, Variant.LEGACY, TO_AI),
        (Sends.BOTH, Variant.AI, TO_LEGACY),
        (Sends.TO_AI, None, TO_AI | TO_LEGACY),
    ],
)
def test_the_other_variant_is_asked_where_copies_go_there(
    sends: Sends, served: Variant | None, copies: int
) -> None:
    assert choose(replace(BOTH, sends=sends), served) == copies


def test_a_method_that_may_do_harm_is_told_from_a_request_outside_the_sample() -> None:
    sampling = Sampling(HALF)
    post = Head(method=b"POST")
    chosen = {sampling.choose(post, each, Variant.LEGACY) for each in IDS}
    assert chosen == {0, UNSAFE}


def test_methods_are_copied_that_the_operator_vouches_for() -> None:
    sampling = Sampling(replace(BOTH, methods=("GET", "POST")))
    assert sampling.choose(Head(method=b"POST"), b"id-1", Variant.LEGACY) == TO_AI


def test_only_requests_that_match_are_drawn() -> None:
    elsewhere = replace(BOTH, match=Match(paths=("/v2/*",)))
    assert choose(elsewhere) == 0
    assert choose(replace(BOTH, match=Match(paths=("/v1/*",)))) == TO_AI


def test_the_share_is_kept() -> None:
    assert 1_880 <= len(drawn(HALF)) <= 2_120
    assert drawn(replace(BOTH, share=BasisPoints(0))) == set()
    assert drawn(BOTH) == set(IDS)


def test_the_same_id_is_drawn_alike_by_everybody_who_has_the_key() -> None:
    assert drawn(HALF) == drawn(HALF)


def test_a_larger_share_holds_the_smaller_one() -> None:
    assert drawn(replace(BOTH, share=BasisPoints(1_000))) < drawn(HALF)


def test_without_the_key_nobody_knows_the_sample() -> None:
    other = drawn(replace(HALF, key=b"o" * 32))
    assert 850 <= len(drawn(HALF) & other) <= 1_150


def test_some_are_asked_twice_on_both_sides_whoever_is_in_the_sample() -> None:
    sampling = Sampling(replace(HALF, repeat=BasisPoints(1_000)))
    chosen = [sampling.choose(Head(), each, Variant.LEGACY) for each in IDS]
    twice = chosen.count(TO_AI | AI_AGAIN | LEGACY_AGAIN)
    assert chosen.count(TO_AI) + twice == len(drawn(HALF))
    assert 150 <= twice <= 250


def test_all_are_asked_twice_where_that_is_wanted() -> None:
    assert choose(replace(BOTH, repeat=ALL), Variant.AI) == TO_LEGACY | AI_AGAIN | LEGACY_AGAIN
