import zlib

import pytest

from loadtests.backends.streams import BLOCK
from loadtests.bench.load import Load
from loadtests.bench.scenes.bulk import blocks, expected
from loadtests.bench.scenes.events import summary
from loadtests.bench.scenes.split import WrongSplitError, rotated, verify

GOOD = Load(1000, 1_000_000, 500, 900, broken=0, refused=0)


def test_each_round_begins_with_another_proxy() -> None:
    assert [rotated(["a", "b", "c"], number)[0] for number in range(4)] == ["a", "b", "c", "a"]
    assert rotated(["a", "b", "c"], 1) == ["b", "c", "a"]


def test_a_proxy_that_split_rightly_is_measured() -> None:
    verify("proxy", GOOD, {"legacy": 810, "ai": 200})


@pytest.mark.parametrize(
    ("load", "answered"),
    [
        (Load(1000, 1_000_000, 500, 900, broken=1, refused=0), {"legacy": 800, "ai": 200}),
        (Load(1000, 1_000_000, 500, 900, broken=0, refused=1), {"legacy": 800, "ai": 200}),
        (GOOD, {"legacy": 760, "ai": 240}),
        (GOOD, {"legacy": 799, "ai": 200}),
        (GOOD, {"legacy": 900, "ai": 225}),
        (Load(0, 1_000_000, 0, 0, broken=0, refused=0), {"legacy": 0, "ai": 0}),
    ],
    ids=["broken", "refused", "wrong share", "invented answers", "asked twice", "no answer at all"],
)
def test_a_proxy_that_did_something_else_is_not(load: Load, answered: dict[str, int]) -> None:
    with pytest.raises(WrongSplitError, match="proxy: "):
        verify("proxy", load, answered)


def test_delays_are_summed_up_by_median_tail_and_longest() -> None:
    found = summary([0.1] * 500 + [0.2] * 490 + [3.0] * 10)
    assert (found.events, found.max_ms) == (1000, 3.0)
    assert found.median_ms == pytest.approx(0.15)
    assert found.p99_ms > 2.0


def test_a_body_in_blocks_has_the_size_and_the_checksum_that_are_expected() -> None:
    size = 2 * len(BLOCK) + 17
    body = b"".join(blocks(size))
    assert len(body) == size
    assert zlib.crc32(body) == expected(size)
