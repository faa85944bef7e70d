"""A release manager at work: takes AI through its stages, rehearses a rollback, and rolls back.

    start, promote, 35, 100, drill, rollback

A step `NAME:WORD` is for somebody else, who goes along.

What is in force is written down for the judge: by revision the share, and the newest revision that
was acknowledged. No answer to a request that is sent after that may come from an older one.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from loadtests import admin
from loadtests.admin import AdminCallError, Answer

Other = Callable[[str], None]

REASON: Final = "load test"
DRILL: Final = "drill"
LOOK_EVERY: Final = 0.1
"""Seconds."""


@dataclass(slots=True)
class Course:
    """What has been in force. newest: the revision that every worker serves by, at least.

    left: the steps that are still to be gone.
    """

    percents: dict[int, float] = field(default_factory=dict[int, float])
    newest: int = 0
    left: list[str] = field(default_factory=list[str])

    def note(self, revision: int, percent: float) -> None:
        """Note what was acknowledged."""
        self.percents[revision] = percent
        self.newest = max(self.newest, revision)


@dataclass(frozen=True, slots=True)
class ReleaseManager:
    """Somebody with the admin API in reach."""

    address: str
    service: str
    course: Course
    others: Mapping[str, Other] = field(default_factory=dict[str, Other])
    """By name, who carries out a word."""

    def look(self) -> None:
        """Learn what is in force."""
        told = admin.release(self.address, self.service)
        self.course.note(told["revision"], told["percent"])

    def walk(self, steps: Sequence[str], pause: Callable[[], None]) -> None:
        """Go one step after the other, with a pause before each."""
        self.course.left = list(steps)
        for step in steps:
            pause()
            name, _, word = step.partition(":")
            if word:
                self.others[name](word)
            else:
                self._go(step)
            del self.course.left[0]

    def _go(self, step: str) -> None:
        answer = self._ask(step)
        if answer.status not in (HTTPStatus.OK, HTTPStatus.ACCEPTED):
            raise AdminCallError(f"{step}: {answer.status} {answer.data}")
        release = self._restored(answer.data) if step == DRILL else answer.data
        revision = release["revision"]
        self.course.percents[revision] = release["percent"]
        if answer.status == HTTPStatus.ACCEPTED or release.get("unconfirmed"):
            self._wait_for_everybody()
        self.course.note(revision, release["percent"])

    def _restored(self, drill: dict[str, Any]) -> dict[str, Any]:
        """Note what was in force meanwhile, and return what is again."""
        report = drill["report"]
        self.course.note(report["revision"], report["percent"])
        if not drill["restored"]:
            raise AdminCallError(f"{DRILL}: left at 0, {drill['because']}")
        release: dict[str, Any] = drill["release"]
        return release

    def _ask(self, step: str) -> Answer:
        path = f"/api/v1/services/{self.service}"
        if step.isalpha():
            return admin.call(self.address, "POST", f"{path}/{step}", {"reason": REASON})
        body = {"percent": float(step), "reason": REASON}
        return admin.call(self.address, "PUT", f"{path}/percent", body)

    def _wait_for_everybody(self) -> None:
        """Look until no worker is missing: one may just have been replaced."""
        while admin.release(self.address, self.service)["unconfirmed"]:
            time.sleep(LOOK_EVERY)
