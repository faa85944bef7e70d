from collections.abc import Sequence

import pytest

from loadtests.faults.__main__ import TRIES, main, play, play_with_patience
from loadtests.faults.promise import Promise, at_most
from loadtests.faults.scenes import SCENES, Scene
from loadtests.faults.stage import Stage


async def breaks_down(_stage: Stage) -> Sequence[Promise]:
    raise RuntimeError("no such backend")


async def keeps_its_word(_stage: Stage) -> Sequence[Promise]:
    return [Promise("no request fails", "none", held=True)]


def test_a_scene_that_breaks_down_has_kept_nothing() -> None:
    found = play(Scene("broken", "a fault", breaks_down), is_quick=True)
    assert [promise.seen for promise in found.broken] == ["RuntimeError: no such backend"]


def test_a_scene_s_promises_are_what_is_found() -> None:
    found = play(Scene("kept", "a fault", keeps_its_word), is_quick=True)
    assert found.broken == []
    assert [promise.seen for promise in found.promises] == ["none"]


def told(*promises: Promise) -> Scene:
    """A scene that finds another one of these each time, and the last one from then on."""
    left = list(promises)

    async def tells(_stage: Stage) -> Sequence[Promise]:
        return [left.pop(0) if len(left) > 1 else left[0]]

    return Scene("told", "a fault", tells)


LATE, IN_TIME = (at_most("p99", measured, 5.0, "ms") for measured in (7.0, 3.0))


def test_a_scene_that_was_only_late_has_another_try() -> None:
    found = play_with_patience(told(LATE, IN_TIME), is_quick=True)
    assert found.tries == 2
    assert found.broken == []


def test_a_scene_that_is_always_late_has_broken_its_promise() -> None:
    found = play_with_patience(told(LATE), is_quick=True)
    assert found.tries == TRIES
    assert found.missed == [LATE]


def test_a_lost_request_is_never_forgiven() -> None:
    lost = Promise("no request fails", "1 of 10,000", held=False)
    found = play_with_patience(told(lost, IN_TIME), is_quick=True)
    assert found.tries == 1
    assert found.broken == [lost]


def test_an_unknown_scene_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--only", "earthquake"])
    assert "no such scene: earthquake" in capsys.readouterr().err


def test_scenes_have_names_of_their_own() -> None:
    assert len({scene.name for scene in SCENES}) == len(SCENES)
