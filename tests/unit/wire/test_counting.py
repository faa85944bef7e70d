import itertools
import os
from collections.abc import Iterator

import pytest

from router.http1.replies import ALL_REFUSALS
from router.model import Reason, ShadowResult, Variant
from router.wire import counting
from router.wire.counting import (
    ANSWERED,
    ASSIGNED,
    CONNECTIONS,
    DURATION_BOUNDS,
    GIST_LENGTH,
    REFUSED,
    CounterMemory,
    Counts,
    GistReader,
    make_memory,
    part_of,
    read_counts,
    read_gists,
    variant_gist,
)


@pytest.fixture
def descriptor() -> Iterator[int]:
    made = make_memory("test")
    yield made
    os.close(made)


def test_the_bounds_of_histograms_rise() -> None:
    assert DURATION_BOUNDS[0] > 0
    assert all(lower < upper for lower, upper in itertools.pairwise(DURATION_BOUNDS))


def test_no_two_things_are_counted_in_the_same_place() -> None:
    service = [at for row in ASSIGNED for at in row] + list(counting.FELL_BACK.values())
    dropped = [counting.LOG_LINES_DROPPED, counting.EVENTS_DROPPED]
    worker = [CONNECTIONS, *dropped, *REFUSED.values()]
    copies = [*counting.SHADOWED, counting.COPY_COST]
    copies += [at + ended for at in counting.COPIED for ended in (0, 1)]
    assert min(copies) >= max(counting._PARTS.values()) + counting._PART
    assert max(copies) * 8 < counting.BLOCK
    for places in (service, worker, copies):
        assert len(set(places)) == len(places)
    assert min(service + worker) * 8 >= counting._NAME_ENDS
    assert max(service) < min(counting._PARTS.values())
    assert counting.FIRST_TIME < ANSWERED
    assert set(REFUSED) == {refusal.code for refusal in ALL_REFUSALS}


def test_what_became_of_copies_is_read(descriptor: int) -> None:
    block = CounterMemory(descriptor).service("support")
    block[counting.SHADOWED[ShadowResult.PAIRED.number]] += 3
    block[counting.SHADOWED[ShadowResult.SHADOW_TIMEOUT.number]] += 1
    block[counting.COPIED[Variant.AI.number]] += 5
    block[counting.COPIED[Variant.AI.number] + 1] += 4
    block[counting.COPY_COST] += 2_000_000
    [service] = read_counts(descriptor).services
    assert service.shadows == {"paired": 3, "shadow_timeout": 1}
    assert service.copies == {"ai": 1}
    assert service.copy_cost == 2_000_000


def test_what_one_end_writes_the_other_reads(descriptor: int) -> None:
    memory = CounterMemory(descriptor)
    memory.worker[CONNECTIONS] = 3
    memory.worker[REFUSED["no_route"]] += 1
    memory.worker[counting.LOG_LINES_DROPPED] += 4
    memory.worker[counting.EVENTS_DROPPED] += 5
    block = memory.service("support")
    block[ASSIGNED[Variant.AI.number][Reason.BUCKET.number]] += 2
    part_of(block, Variant.AI)[ANSWERED + 200] += 1
    counts = read_counts(descriptor)
    assert (counts.connections, counts.refused) == (3, {"no_route": 1})
    assert (counts.log_lines_dropped, counts.events_dropped) == (4, 5)
    [service] = counts.services
    assert (service.service, service.assignments) == ("support", [("ai", "bucket", 2)])
    assert [variant.codes for variant in service.variants] == [{}, {200: 1}]
    assert [variant.in_flight for variant in service.variants] == [0, 1]
    assert memory.counts() == counts


def test_a_service_keeps_its_block_and_each_has_its_own(descriptor: int) -> None:
    memory = CounterMemory(descriptor)
    names = ["support", "größe", "x" * 200]
    for number, name in enumerate(names):
        part_of(memory.service(name), Variant.LEGACY)[ANSWERED + 200] = number
    assert memory.service("support") is memory.service("support")
    read = {each.service: each.variants[0].served for each in read_counts(descriptor).services}
    assert read == {name: number for number, name in enumerate(names)}


def test_memory_that_another_version_laid_out_counts_as_empty(
    descriptor: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    CounterMemory(descriptor).service("support")
    monkeypatch.setattr(counting, "_LAYOUT", 1)
    assert read_counts(descriptor) == Counts()


def test_memory_that_nobody_has_written_yet_counts_as_empty(descriptor: int) -> None:
    assert read_counts(descriptor) == Counts()
    os.ftruncate(descriptor, counting.BLOCK)
    assert read_counts(descriptor) == Counts()


def test_one_service_can_be_read_alone(descriptor: int) -> None:
    memory, reader = CounterMemory(descriptor), GistReader(descriptor)
    assert reader.gist("support") is None
    part_of(memory.service("support"), Variant.AI)[ANSWERED + 200] += 5
    part_of(memory.service("orders"), Variant.AI)[ANSWERED + 503] += 2
    assert reader.gist("nobody") is None
    for name in ("support", "orders"):
        assert reader.gist(name) == dict(read_gists(descriptor))[name]
    orders = variant_gist(dict(read_gists(descriptor))["orders"], Variant.AI)
    assert (orders.answered, orders.failures) == (2, 2)
    part_of(memory.service("support"), Variant.AI)[ANSWERED + 200] += 1
    seen = reader.gist("support")
    assert seen is not None
    assert variant_gist(seen, Variant.AI).answered == 6
    assert len(seen) == GIST_LENGTH


def test_a_service_that_another_version_laid_out_is_not_read(
    descriptor: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    CounterMemory(descriptor).service("support")
    os.ftruncate(descriptor, 3 * counting.BLOCK)  # and one that is being made
    monkeypatch.setattr(counting, "_LAYOUT", 1)
    assert GistReader(descriptor).gist("support") is None
