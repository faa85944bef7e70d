"""The laws of assignment, for every key, salt, share and request."""

from collections import Counter
from dataclasses import dataclass
from math import sqrt

import pytest
from hypothesis import given, strategies as st

from router.model import ALL, Reason, Variant
from router.routing.assign import Assigner, Assignment
from router.routing.buckets import bucket_of
from router.routing.snapshot import (
    Condition,
    CookiePolicy,
    Force,
    Place,
    PlaceKind,
    Rule,
    Split,
)
from tests.support.views import BY_USER, View, assign, assigner

MILLION = 1_000_000
NETWORK = ("10.0.0.0/8",)

shares = st.integers(0, ALL)
salts = st.text(max_size=100)
keys = st.binary(min_size=1, max_size=100)
names = st.sampled_from(["a", "b", "x-gray-variant", "cookie"])
texts = st.sampled_from(["", "1", "ai", "legacy", "a=1", "gray_id=" + "0f" * 16, "a=1; b=1"])
heads = st.builds(
    View,
    target=st.sampled_from([b"/", b"/?a=1", b"/?b=1&a=", b"*"]),
    fields=st.lists(st.tuples(names.map(str.encode), texts.map(str.encode)), max_size=6),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """All that a decision may depend on beside the service."""

    head: View
    client: bytes
    body: bytes | None
    roll: int

    def of(self, it: Assigner) -> Assignment:
        return assign(it, self.head, self.client, self.body, self.roll)


clients = st.sampled_from([b"10.0.0.7", b"1.2.3.4", b"::ffff:10.1.1.1", b""])
bodies = st.none() | st.sampled_from([b"", b'{"a": 1}', b'{"a": "1"}', b"{", b"[1]"])
requests = st.builds(Asked, heads, clients, bodies, st.integers(0, ALL - 1))
pairs = st.lists(st.tuples(names, st.sampled_from(["1", "ai"])), max_size=1).map(tuple)
conditions = st.builds(
    Condition,
    headers=pairs,
    cookies=pairs,
    query=pairs,
    json=st.sampled_from([(), (("/a", 1),)]),
    cidrs=st.sampled_from([(), NETWORK]),
)
places = st.sampled_from(
    [Place(kind, name) for kind in PlaceKind for name in ("/a" if kind == "json" else "a",)]
)
splits = st.builds(
    Split,
    salt=salts,
    keys=st.lists(places, max_size=3).map(tuple),
    cookie=st.none() | st.just(CookiePolicy("gray_id", 60)),
    rules=st.lists(st.builds(Rule, conditions, st.sampled_from(Variant)), max_size=3).map(tuple),
    force=st.none() | st.just(Force("x-gray-variant", NETWORK)),
)


@given(key=keys, salt=salts, low=shares, high=shares)
def test_a_raise_moves_nobody_off_ai(key: bytes, salt: str, low: int, high: int) -> None:
    low, high = sorted((low, high))
    head = View(fields=[(b"x-user-id", key)])
    split = Split(salt, BY_USER)
    before = assign(assigner(split, share=low), head)
    after = assign(assigner(split, share=high), head)
    assert before.bucket == after.bucket
    assert before.variant is Variant.LEGACY or after.variant is Variant.AI


@given(split=splits, request=requests, low=shares, high=shares)
def test_a_raise_moves_no_request_off_ai_whatever_decides(
    split: Split, request: Asked, low: int, high: int
) -> None:
    low, high = sorted((low, high))
    before = request.of(assigner(split, share=low))
    after = request.of(assigner(split, share=high))
    assert (before.reason, before.bucket) == (after.reason, after.bucket)
    assert before.variant is Variant.LEGACY or after.variant is Variant.AI


@given(split=splits, request=requests, share=shares)
def test_nothing_outlives_a_rollback(split: Split, request: Asked, share: int) -> None:
    decided = request.of(assigner(split, share=share, rolled_back=True))
    assert (decided.variant, decided.reason) == (Variant.LEGACY, Reason.ROLLED_BACK)
    assert decided.new_cookie is None


@given(split=splits, request=requests)
def test_zero_is_nobody_and_a_hundred_is_everybody(split: Split, request: Asked) -> None:
    by_share = {Reason.BUCKET, Reason.RANDOM}
    for share, variant in ((0, Variant.LEGACY), (ALL, Variant.AI)):
        decided = request.of(assigner(split, share=share))
        assert decided.reason not in by_share or decided.variant is variant


@given(key=st.binary(max_size=200), salt=salts)
def test_every_key_has_one_of_the_ten_thousand_places(key: bytes, salt: str) -> None:
    bucket = bucket_of(salt)(key)
    assert 0 <= bucket < ALL
    assert bucket_of(salt)(key) == bucket


@pytest.mark.slow
def test_shares_are_right_within_binomial_bounds_over_a_million_keys() -> None:
    """Five standard deviations: a right hash would fail once in a million salts, and is fixed."""
    bucket = bucket_of("support")
    counts = Counter(bucket(b"user-%d" % number) for number in range(MILLION))
    for share in (1, 10, 100, 500, 2000, 5000, 8000, 9900, 9999):
        given_to_ai = sum(counts[place] for place in range(share))
        p = share / ALL
        assert abs(given_to_ai - MILLION * p) < 5 * sqrt(MILLION * p * (1 - p)), share
    # Each single bucket too: chi-square with 9,999 degrees of freedom is nearly normal.
    mean = MILLION / ALL
    chi_square = sum((counts[place] - mean) ** 2 / mean for place in range(ALL))
    assert abs(chi_square - (ALL - 1)) < 5 * sqrt(2 * (ALL - 1))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("one", "other"), [("support", "billing"), ("a" * 70 + "1", "a" * 70 + "2")]
)
def test_two_services_split_the_same_keys_independently(one: str, other: str) -> None:
    """Chi-square of both services' tenths: 81 degrees of freedom, one failure in a million."""
    first, second = bucket_of(one), bucket_of(other)
    keys = [b"user-%d" % number for number in range(200_000)]
    joint = Counter((first(key) // 1000, second(key) // 1000) for key in keys)
    rows = Counter[int]()
    columns = Counter[int]()
    for (row, column), count in joint.items():
        rows[row] += count
        columns[column] += count
    chi_square = sum(
        (joint[row, column] - expected) ** 2 / expected
        for row in range(10)
        for column in range(10)
        for expected in (rows[row] * columns[column] / len(keys),)
    )
    assert chi_square < 157
