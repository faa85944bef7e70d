from collections.abc import Sequence

import pytest

from loadtests.faults.__main__ import main, play
from loadtests.faults.promise import Promise
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


def test_an_unknown_scene_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--only", "earthquake"])
    assert "no such scene: earthquake" in capsys.readouterr().err


def test_scenes_have_names_of_their_own() -> None:
    assert len({scene.name for scene in SCENES}) == len(SCENES)
