"""Support tickets that want a label: each user sends for its own customers, again and again.

A customer's id is the key, so a customer has to stay with one variant while the percentage stands.
"""

import itertools
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from locust import FastHttpUser, constant_throughput, task

from loadtests.backends.classifier import label
from loadtests.verdict import Seen

CUSTOMERS: Final = 60
"""How many customers a user sends for."""
PER_SECOND: Final = 25
"""Requests that a user sends in a second, where the router keeps up."""
TEXTS: Final = (
    "I want a refund for order 4411, it never came",
    "REFUND!!! third time I write",
    "cannot log in, forgot my password",
    "Password reset mail does not arrive",
    "the app does crash when I open settings",
    "CRASH on start since the update, pls help",
    "what are your opening hours?",
    "thanks, solved",
)


@dataclass(slots=True)
class Diary:
    """What all users saw: who was served by whom, and the answers that were wrong."""

    seen: set[Seen] = field(default_factory=set)
    answers: int = 0
    wrong: list[str] = field(default_factory=list)

    def enter(self, sent: Mapping[str, str], user: str, status: int, answer: Any) -> str | None:
        """Note an answer; return what is wrong with it, if anything is."""
        self.answers += 1
        wrong = fault(sent, user, status, answer)
        if wrong is not None:
            self.wrong.append(wrong)
        return wrong


def fault(sent: Mapping[str, str], user: str, status: int, answer: Any) -> str | None:
    """Say what is wrong with an answer, or None."""
    if status != 200 or not isinstance(answer, dict):  # noqa: PLR2004
        return f"status {status}"
    for name, expected in (("ticket", sent["ticket"]), ("user", user)):
        if answer.get(name) != expected:
            return f"{user} was answered about another {name}"
    if answer.get("label") != label(str(answer.get("variant")), sent["text"]):
        return f"{user} was given the label {answer.get('label')!r}"
    return None


class TicketSender(FastHttpUser):
    """Somebody at the support desk. A subclass gives it the diary to write into."""

    abstract = True
    wait_time = constant_throughput(PER_SECOND)
    diary: ClassVar[Diary]
    _numbers: ClassVar[itertools.count[int]] = itertools.count()

    def on_start(self) -> None:
        number = next(self._numbers)
        self._random = random.Random(number)
        self._customers = [f"customer-{number}-{each}" for each in range(CUSTOMERS)]
        self._tickets = itertools.count()

    @task
    def classify(self) -> None:
        customer = self._random.choice(self._customers)
        ticket = f"{customer}/{next(self._tickets)}"
        sent = {"ticket": ticket, "text": self._random.choice(TEXTS)}
        with self.rest(
            "POST", "/v1/classify", json=sent, headers={"x-user-id": customer}
        ) as response:
            answer = response.js
            wrong = self.diary.enter(sent, customer, response.status_code, answer)
            headers = response.headers or {}
            if wrong is None and headers.get("x-gray-variant") != answer["variant"]:
                wrong = f"{answer['variant']} answered, x-gray-variant says otherwise"
                self.diary.wrong.append(wrong)
            if wrong is not None:
                response.failure(wrong)
                return
            revision = int(headers["x-gray-revision"])
            self.diary.seen.add(Seen(revision, customer, answer["variant"]))
