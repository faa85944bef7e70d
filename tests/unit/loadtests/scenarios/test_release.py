from typing import Any

import pytest

from loadtests import admin
from loadtests.admin import AdminCallError, Answer
from loadtests.scenarios.release import Course, ReleaseManager

PERCENTS = {"start": 5.0, "rollback": 0.0}


class Release:
    """An admin API in memory: what is asked of it, and a revision that grows."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.status = 200
        self.percent = 0.0
        self.missing = 0
        """How often a look finds a worker that has not acknowledged."""
        self.restores = True
        """Whether a drill is taken back."""

    def release(self, _address: str, _service: str) -> dict[str, Any]:
        self.missing -= 1
        unconfirmed = ["worker-1"] if self.missing >= 0 else []
        return {
            "revision": len(self.asked),
            "percent": self.percent,
            "unconfirmed": unconfirmed,
        }

    def call(self, _address: str, method: str, path: str, body: dict[str, Any]) -> Answer:
        verb = path.rpartition("/")[2]
        self.asked.append(f"{method} {verb}")
        if verb == "drill":
            return Answer(self.status, self.rehearsed())
        self.percent = PERCENTS[verb] if method == "POST" else body["percent"]
        return Answer(self.status, {"revision": len(self.asked), "percent": self.percent})

    def rehearsed(self) -> dict[str, Any]:
        report = {"revision": len(self.asked), "percent": 0.0}
        self.asked.append("restore")
        release = {"revision": len(self.asked), "percent": self.percent}
        told = {"report": report, "restored": self.restores, "because": "legacy is ill"}
        return {**told, "release": release}


@pytest.fixture
def release(monkeypatch: pytest.MonkeyPatch) -> Release:
    stands = Release()
    monkeypatch.setattr(admin, "release", stands.release)
    monkeypatch.setattr(admin, "call", stands.call)
    return stands


@pytest.fixture
def manager() -> ReleaseManager:
    return ReleaseManager("http://127.0.0.1:9900", "answers", Course())


def test_a_walk_is_gone_in_its_order_with_a_pause_before_each_step(
    release: Release, manager: ReleaseManager
) -> None:
    manager.walk(["start", "35", "rollback"], lambda: release.asked.append("pause"))
    steps = ["POST start", "PUT percent", "POST rollback"]
    assert release.asked == [each for step in steps for each in ("pause", step)]


def test_a_step_of_somebody_else_is_carried_out_in_its_turn(release: Release) -> None:
    others = {"ai": lambda word: release.asked.append(f"AI is {word}")}
    manager = ReleaseManager("http://127.0.0.1:9900", "answers", Course(), others)
    manager.walk(["start", "ai:hung", "35"], lambda: None)
    assert release.asked == ["POST start", "AI is hung", "PUT percent"]


@pytest.mark.usefixtures("release")
def test_every_revision_is_noted_with_the_share_that_it_has(manager: ReleaseManager) -> None:
    manager.look()
    manager.walk(["start", "35", "rollback"], lambda: None)
    assert manager.course.percents == {0: 0.0, 1: 5.0, 2: 35.0, 3: 0.0}
    assert manager.course.newest == 3
    assert manager.course.left == []


@pytest.mark.usefixtures("release")
def test_a_drill_is_two_revisions_of_which_the_first_gives_ai_nothing(
    manager: ReleaseManager,
) -> None:
    manager.walk(["start", "drill"], lambda: None)
    assert manager.course.percents == {1: 5.0, 2: 0.0, 3: 5.0}
    assert manager.course.newest == 3


def test_a_drill_that_left_ai_at_0_ends_the_walk(release: Release, manager: ReleaseManager) -> None:
    release.restores = False
    with pytest.raises(AdminCallError, match="legacy is ill"):
        manager.walk(["start", "drill"], lambda: None)
    assert manager.course.percents == {1: 5.0, 2: 0.0}


def test_a_change_that_not_everybody_has_yet_is_waited_for(
    release: Release, manager: ReleaseManager
) -> None:
    release.status, release.missing = 202, 2
    manager.walk(["start"], lambda: None)
    assert release.missing < 0
    assert manager.course.newest == 1


def test_what_was_refused_and_what_follows_it_is_left(
    release: Release, manager: ReleaseManager
) -> None:
    release.status = 409
    with pytest.raises(AdminCallError, match="start: 409"):
        manager.walk(["start", "rollback"], lambda: None)
    assert manager.course.left == ["start", "rollback"]
    assert manager.course.percents == {}


def test_the_newest_revision_is_the_largest_whoever_is_heard_last() -> None:
    course = Course()
    course.note(4, 50.0)
    course.note(3, 20.0)
    assert course.newest == 4
