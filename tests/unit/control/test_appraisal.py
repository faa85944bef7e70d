import pytest

from router.compare.cells import FieldTally
from router.compare.ledger import dump_ledger
from router.compare.tally import Tally
from router.compare.verdict import Change, Difference, Judged, Verdict
from router.control.appraisal import MOST_FIELDS, UNKNOWN, Appraisal
from router.control.comparisons import Comparisons
from router.routing.snapshot import Sends
from router.store.memory_records import MemoryRecords
from tests.support.recorded import minute_of, total_of
from tests.support.stored import NOON


def differing(*fields: str) -> Verdict:
    return Verdict(tuple(Difference(it, Change.VALUE, it, "a", "b") for it in fields))


def counted(
    pairs: int,
    verdict: Verdict | None = None,
    *,
    failed: bool = False,
    seconds: float = 0.1,
    weight: int = 1,
    copied: bool = True,
) -> Tally:
    tally = Tally()
    for _ in range(pairs):
        judged = Judged(
            "support",
            "7",
            NOON,
            verdict or Verdict(),
            failed=(failed, False),
            seconds=(seconds, 0.3),
            weight=weight,
            is_copied=copied,
        )
        tally.add(judged)
    return tally


class Scene:
    def __init__(self, sends: Sends = Sends.TO_LEGACY) -> None:
        self.records = MemoryRecords()
        self.shadowed = {"support": sends}
        comparisons = Comparisons(self.records, lambda: NOON + 60)
        self.appraisal = Appraisal(comparisons, lambda: self.shadowed)

    async def minute(self, *tallies: Tally, **ledger: int) -> None:
        rows = [minute_of(0, it.dump(), replica=str(n)) for n, it in enumerate(tallies)]
        rows.append(minute_of(0, dump_ledger(dict(ledger)), replica="r1/ledger"))
        await self.records.count(rows, [])

    async def total(self, tally: Tally, **ledger: int) -> None:
        kept = total_of(dump_ledger(dict(ledger)), replica="r1/ledger")
        await self.records.count([], [total_of(tally.dump()), kept])


async def test_coverage_and_fields_are_of_the_newest_phase() -> None:
    scene = Scene()
    await scene.total(counted(50, differing("/label")), paired=50, budget=50)
    assert scene.appraisal.of("support") is UNKNOWN
    await scene.appraisal.look()
    seen = scene.appraisal.of("support")
    assert seen.coverage == 0.5
    assert seen.fields == {"/label": 1.0}


async def test_of_many_fields_a_few_become_series() -> None:
    scene = Scene()
    await scene.total(counted(2, differing(*(f"/f{n}" for n in range(60)))))
    await scene.appraisal.look()
    assert len(scene.appraisal.of("support").fields) == MOST_FIELDS


async def test_metrics_are_of_the_last_minutes() -> None:
    scene = Scene()
    await scene.minute(counted(30))
    await scene.appraisal.look()
    metrics = scene.appraisal.of("support").metrics
    assert metrics["error_rate"] == 0
    assert metrics["latency_p50"] == pytest.approx(0.2, rel=0.1)


async def test_legacy_is_ready_while_its_copies_are_sound() -> None:
    scene = Scene()
    await scene.minute(counted(100), counted(1, failed=True))
    await scene.appraisal.look()
    assert scene.appraisal.of("support").readiness.ready is True


async def test_legacy_is_not_ready_when_copies_fail_or_are_slow() -> None:
    for tally in (counted(10, failed=True), counted(10, seconds=6.0)):
        scene = Scene()
        await scene.minute(counted(100), tally)
        await scene.appraisal.look()
        assert scene.appraisal.of("support").readiness.ready is False


async def test_copies_that_stand_for_others_count_for_them() -> None:
    for tally in (counted(1, failed=True, weight=16), counted(1, seconds=6.0, weight=16)):
        scene = Scene()
        await scene.minute(counted(100), tally)
        await scene.appraisal.look()
        assert scene.appraisal.of("support").readiness.ready is False


async def test_what_legacy_served_itself_says_nothing_of_its_copies() -> None:
    scene = Scene(Sends.BOTH)
    await scene.minute(counted(100, copied=False))
    await scene.appraisal.look()
    assert scene.appraisal.of("support").readiness.ready is None


async def test_failures_are_not_thinned_by_what_legacy_served_itself() -> None:
    scene = Scene(Sends.BOTH)
    await scene.minute(counted(3000, copied=False), counted(42, failed=True))
    await scene.appraisal.look()
    readiness = scene.appraisal.of("support").readiness
    assert readiness.ready is False
    assert readiness.because == "of 42 copies 42 failed, 0 took over 5 s"


async def test_without_copies_to_legacy_it_is_unproven() -> None:
    scene = Scene(Sends.TO_AI)
    await scene.minute(counted(100))
    await scene.appraisal.look()
    readiness = scene.appraisal.of("support").readiness
    assert (readiness.ready, readiness.because) == (None, "unproven")


async def test_where_the_store_is_away_nothing_is_known() -> None:
    scene = Scene()
    await scene.records.close()
    await scene.appraisal.look()
    assert scene.appraisal.of("support") is UNKNOWN


async def test_what_one_service_holds_hides_no_other_one_and_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    scene = Scene()
    scene.shadowed = {"broken": Sends.TO_LEGACY, "support": Sends.TO_LEGACY}
    impossible = Tally(pairs=1, requests=1, groups={0: 1}, fields={"/a": FieldTally({1: 9})})
    await scene.records.count([], [total_of(impossible.dump(), service="broken")])
    await scene.total(counted(50), paired=50)
    for _ in range(2):
        await scene.appraisal.look()
    assert scene.appraisal.of("broken") is UNKNOWN
    assert scene.appraisal.of("support").coverage == 1.0
    assert [it.getMessage() for it in caplog.records] == ["appraisal_failed"]


async def test_a_service_that_copies_nothing_any_more_is_forgotten() -> None:
    scene = Scene()
    await scene.total(counted(50), paired=50)
    await scene.appraisal.look()
    scene.shadowed = {}
    await scene.appraisal.look()
    assert scene.appraisal.all == {}
