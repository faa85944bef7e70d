import subprocess
import sys
from collections.abc import Sequence

from loadtests import family
from loadtests.faults.__main__ import play
from loadtests.faults.promise import Promise
from loadtests.faults.scenes import Scene
from loadtests.faults.stage import Stage

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
ABANDON = [sys.executable, "-c", f"import subprocess; print(subprocess.Popen({SLEEP!r}).pid)"]
KEPT = [Promise("no request fails", "none", held=True)]


def test_a_process_that_outlives_its_parents_breaks_the_scene_and_ends() -> None:
    orphans: list[family.Member] = []

    async def abandons(stage: Stage) -> Sequence[Promise]:
        stage.ground.run("router", ABANDON, limit=10.0)
        orphans.extend(stage.left())
        return KEPT

    found = play(Scene("abandons", "a fault", abandons), is_quick=True)
    assert [promise.seen for promise in found.broken] == [
        f"LeftBehindError: outlived their router: {[orphan.pid for orphan in orphans]}"
    ]
    assert len(orphans) == 1
    assert not family.is_alive(orphans[0])


def test_whoever_is_not_of_the_stage_is_left_alone() -> None:
    async def plays(_stage: Stage) -> Sequence[Promise]:
        return KEPT

    with subprocess.Popen(SLEEP) as other:
        found = play(Scene("plays", "a fault", plays), is_quick=True)
        assert other.poll() is None
        other.kill()
    assert found.broken == []


async def test_a_scene_can_wait_until_nobody_is_left() -> None:
    async with Stage(is_quick=True) as stage:
        started = stage.ground.spawn("router", SLEEP)
        assert await stage.nobody_left(0.0) is None
        started.process.kill()
        assert await stage.nobody_left(10.0) is not None
