import random
from dataclasses import replace

import pytest

from router.store.evicting import Held, evicted, held, is_too_much
from router.store.records import Limits
from tests.support.recorded import sampled, sealed_of

PLENTY = Limits(max_age=1e12, max_count=10**6, max_bytes=10**12)


def of(number: int, *fields: str) -> Held:
    return held(sampled(number, *((field, "value") for field in fields)))


def test_nothing_goes_while_there_is_room() -> None:
    records = [of(n, "/a") for n in range(10)]
    assert evicted(records, replace(PLENTY, max_count=10, max_bytes=10 * records[0].size)) == []


def test_the_oldest_go_and_a_twentieth_more_than_had_to() -> None:
    records = [of(n, "/a") for n in range(101)]
    random.Random(7).shuffle(records)
    gone = evicted(records, replace(PLENTY, max_count=100))
    assert [each.id for each in gone] == [f"sample-{n}" for n in range(6)]


def test_fields_are_left_with_equally_many() -> None:
    records = [of(n, "/a") for n in range(90)] + [of(100 + n, "/b") for n in range(30)]
    gone = {each.id for each in evicted(records, replace(PLENTY, max_count=20))}
    left = [each for each in records if each.id not in gone]
    assert sum(each.kinds[0][1] == "/a" for each in left) in (9, 10)
    assert len(left) == 19


def test_what_shows_something_rare_stays_however_common_its_other_differences() -> None:
    records = [of(n, "/a") for n in range(1, 50)]
    gone = evicted([of(0, "/a", "/b"), *records], replace(PLENTY, max_count=5))
    assert "sample-0" not in {each.id for each in gone}


def test_a_field_of_another_service_is_another_field() -> None:
    other = held(sampled(0, ("/a", "value"), service="billing"))
    gone = evicted([other, *(of(n, "/a") for n in range(1, 50))], replace(PLENTY, max_count=5))
    assert other not in gone


def test_samples_and_originals_are_counted_each_for_themselves() -> None:
    records = [of(n, "/a") for n in range(8)] + [held(sealed_of(n)) for n in range(11)]
    gone = evicted(records, replace(PLENTY, max_count=10))
    assert [(each.id, each.is_sealed) for each in gone] == [("sample-0", True)]


@pytest.mark.parametrize(
    ("samples", "sealed", "size", "is_it"),
    [(10, 10, 100, False), (11, 0, 0, True), (0, 11, 0, True), (0, 0, 101, True)],
)
def test_it_is_said_when_anything_has_to_go(
    samples: int, sealed: int, size: int, is_it: bool
) -> None:
    limits = replace(PLENTY, max_count=10, max_bytes=100)
    assert is_too_much(samples, sealed, size, limits) is is_it
