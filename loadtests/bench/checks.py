"""Does a proxy do what is compared? A figure of one that does not would mean nothing."""

import ssl
from collections.abc import Mapping
from http import HTTPStatus
from math import sqrt
from typing import Final

import orjson

from loadtests import ask
from loadtests.backends import static
from loadtests.bench.load import Load, Questions
from loadtests.bench.servers.server import AI_PERCENT
from loadtests.verdict import SIGMAS, Seen, judge

CHECKED_USERS: Final = 400
CHECKED_USERS_TLS: Final = 100
"""Each has a handshake of its own."""
TOLERANCE: Final = 3.0
"""Percentage points that the share of 10,000 users may lie off; hashes differ by proxy."""


class WrongAnswersError(Exception):
    """A proxy did not do what is compared."""


def check(name: str, port: int, questions: Questions, tls: ssl.SSLContext | None = None) -> None:
    """Raise unless users are answered in their own name, sticky, and in the right number by AI."""
    users = CHECKED_USERS if tls is None else CHECKED_USERS_TLS
    seen = [_ask(name, port, f"user-{number:06d}", tls) for number in [*range(users)] * 2]
    verdict = judge(seen, {0: AI_PERCENT})
    if verdict.broken:
        raise WrongAnswersError(f"{name}: {'; '.join(verdict.broken)}")
    _check_target(name, port, questions, tls)


def verify(name: str, questions: Questions, load: Load, answered: Mapping[str, int]) -> None:
    """Raise unless every answer was a good one, came from a backend, and the split is right."""
    total = sum(answered.values())
    # A backend may count what is under way when this load ends, and when the one before did.
    under_way = 2 * questions.connections
    if load.broken or load.refused:
        raise WrongAnswersError(f"{name}: {load.broken} broken and {load.refused} refused requests")
    if not 0 < load.requests <= total <= load.requests + under_way:
        raise WrongAnswersError(f"{name}: {load.requests} answers, but {total} from the backends")
    if load.received < load.requests * questions.answer:
        raise WrongAnswersError(f"{name}: {load.received} bytes in {load.requests} answers")
    ai_percent = 100 * answered["ai"] / total
    if abs(ai_percent - AI_PERCENT) > tolerance(min(questions.users, total)):
        raise WrongAnswersError(f"{name}: AI had {ai_percent:.1f} %, not {AI_PERCENT} %")


def tolerance(users: int) -> float:
    """Return the percentage points that chance may put the share of so many users off."""
    ratio = AI_PERCENT / 100
    return max(TOLERANCE, 100 * SIGMAS * sqrt(ratio * (1 - ratio) / users))


def _ask(name: str, port: int, user: str, tls: ssl.SSLContext | None) -> Seen:
    answer = ask.get(port, "/v1/answer", {"x-user-id": user}, tls=tls)
    text = answer.body.decode(errors="replace")
    variant = str(orjson.loads(text)["variant"]) if text.startswith("{") else ""
    if text != static.body(variant, user):
        raise WrongAnswersError(f"{name}: {user} was answered {answer.status} {text[:80]!r}")
    return Seen(0, user, variant)


def _check_target(name: str, port: int, questions: Questions, tls: ssl.SSLContext | None) -> None:
    user = {"x-user-id": "user-000001"}
    if questions.body:
        answer = ask.post(port, questions.target, user, b"x" * questions.body, tls=tls)
    else:
        answer = ask.get(port, questions.target, user, tls=tls)
    if answer.status != HTTPStatus.OK or len(answer.body) < questions.answer:
        raise WrongAnswersError(
            f"{name}: {questions.target} was answered {answer.status}, {len(answer.body)} bytes"
        )
