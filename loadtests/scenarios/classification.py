"""Support tickets that want a label: each user sends for its own customers, again and again.

A customer's id is the key, so a customer has to stay with one variant while the percentage stands.
"""

import itertools
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, ClassVar, Final

from locust import FastHttpUser, constant_throughput, task

from loadtests.backends.classifier import TEXTS, label
from loadtests.scenarios.release import Course
from loadtests.verdict import Seen

CUSTOMERS: Final = 60
"""How many customers a user sends for."""
PER_SECOND: Final = 25
"""Requests that a user sends in a second, where the router keeps up."""
PATH: Final = "/v1/classify"


@dataclass(frozen=True, slots=True)
class Sent:
    """A ticket on its way. floor: the revision that was in force everywhere by then."""

    customer: str
    ticket: str
    text: str
    floor: int = 0


@dataclass(frozen=True, slots=True)
class Received:
    """What came back; `answer` is whatever the JSON held."""

    status: int
    headers: Mapping[str, str]
    answer: Any


@dataclass(slots=True)
class Diary:
    """What all users saw: who was served by whom, and the answers that were wrong.

    requests: the revision by which each was served, and its id.
    """

    course: Course
    seen: set[Seen] = field(default_factory=set)
    requests: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    answers: int = 0
    wrong: list[str] = field(default_factory=list)

    def enter(self, sent: Sent, received: Received) -> str | None:
        """Note an answer; return what is wrong with it, if anything is."""
        self.answers += 1
        wrong = fault(sent, received)
        if wrong is not None:
            self.wrong.append(f"{sent.customer}: {wrong}")
            return wrong
        revision = int(received.headers["x-gray-revision"])
        self.seen.add(Seen(revision, sent.customer, received.answer["variant"]))
        self.requests.append((revision, sent.ticket))
        return None


def fault(sent: Sent, received: Received) -> str | None:
    """Say what is wrong with an answer, or None."""
    answer, headers = received.answer, received.headers
    if received.status != HTTPStatus.OK or not isinstance(answer, dict):
        return f"status {received.status} and {answer!r}"
    variant = str(answer.get("variant"))
    expected = {"ticket": sent.ticket, "user": sent.customer, "label": label(variant, sent.text)}
    for name, value in expected.items():
        if answer.get(name) != value:
            return f"the {name} {answer.get(name)!r} instead of {value!r}"
    if headers.get("x-gray-variant") != variant:
        return f"{variant} answered, x-gray-variant is {headers.get('x-gray-variant')!r}"
    return _fault_of_revision(headers.get("x-gray-revision", ""), sent.floor)


def _fault_of_revision(revision: str, floor: int) -> str | None:
    if not revision.isdigit():
        return "no x-gray-revision"
    if int(revision) < floor:
        return f"revision {revision} decided, and {floor} was in force when it was sent"
    return None


class TicketSender(FastHttpUser):
    """Somebody at the support desk. A subclass gives it the diary to write into.

    hosts: of several replicas, each of which is asked for each customer; where there is one router
    it is locust's own.
    """

    abstract = True
    wait_time = constant_throughput(PER_SECOND)
    diary: ClassVar[Diary]
    hosts: ClassVar[Sequence[str]] = ("",)
    _numbers: ClassVar["itertools.count[int]"] = itertools.count()

    def on_start(self) -> None:
        number = next(self._numbers)
        self._random = random.Random(number)
        self._customers = [f"customer-{number}-{each}" for each in range(CUSTOMERS)]
        self._tickets = itertools.count()

    @task
    def classify(self) -> None:
        customer = self._random.choice(self._customers)
        ticket, text = f"{customer}/{next(self._tickets)}", self._random.choice(TEXTS)
        sent = Sent(customer, ticket, text, self.diary.course.newest)
        body = {"ticket": sent.ticket, "text": sent.text}
        url = f"{self._random.choice(self.hosts)}{PATH}"
        response: Any  # locust has no types here
        headers = {"x-user-id": customer, "x-request-id": ticket}
        with self.rest("POST", url, name=PATH, json=body, headers=headers) as response:
            received = Received(response.status_code, response.headers or {}, response.js)
            wrong = self.diary.enter(sent, received)
            if wrong is not None:
                response.failure(wrong)
