"""Copies under load: switched off, on and to a percentage, while whoever gets them is ill.

    ai:hung, ai:dead, ai:well, copy:off, copy:30, copy:on, 100, legacy:hung, legacy:well

Steps have a colon where they are none of the release's. The laws, which hold whatever happens to
copies: each request of the sample is counted once, and what differs is what was planted. Who is of
the sample is drawn here once more, by the key that the router keeps.
"""

import re
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from http import HTTPStatus
from math import sqrt
from pathlib import Path
from typing import Any, Final

from loadtests import admin, ask
from loadtests.admin import AdminCallError
from loadtests.backends.classifier import TEXTS, label
from loadtests.scenarios.release import REASON, Course
from loadtests.verdict import SIGMAS

COPY: Final = "copy"
WORDS: Final[Mapping[str, float | None]] = {"on": None, "off": 0.0}
BUCKETS: Final = 10_000
FIELD: Final = "/label"
PLANTED: Final = sum(label("legacy", text) != label("ai", text) for text in TEXTS) / len(TEXTS)
"""The share of tickets on which both variants differ."""
HARMLESS: Final = frozenset(
    ("paired", "queue_full", "shadow_timeout", "shadow_error", "breaker_open", "stopped")
)
"""What may become of a copy here: no user is failed or leaves, no body is too large."""
HANDED_ON: Final = ("paired", "shadow_timeout", "shadow_error")
"""What the comparer hears of: that an answer was lost is no difference, and counted, too."""
UNKNOWN: Final = ("no_repeats", "few")
"""Why nothing can be claimed: who just was dead is asked nothing twice."""
PATIENCE: Final = 30.0
"""Seconds until the last copy is counted and the last pair compared."""
LOOK_EVERY: Final = 0.2
FEWEST: Final = 200
"""Pairs of each phase: fewer would show nothing."""
KEY: Final = "shadow.key"
_COUNTED: Final = re.compile(
    r"^gray_router_(shadows|comparisons)_total\{(.*)\} (\S+)$", re.MULTILINE
)
_LABEL: Final = re.compile(r'(\w+)="([^"]*)"')


@dataclass(slots=True)
class Copies:
    """Switches them. percents: by revision, how many requests are copied since then."""

    address: str
    service: str
    course: Course
    percents: dict[int, float] = field(default_factory=dict[int, float])

    def look(self) -> None:
        """Learn what is in force."""
        self._note(admin.release(self.address, self.service))

    def switch(self, word: str) -> None:
        """Copy as many as the config says (`on`), none (`off`), or so many percent."""
        percent = WORDS[word] if word in WORDS else float(word)
        path = f"/api/v1/services/{self.service}/shadow"
        body = {"percent": percent, "reason": REASON}
        answer = admin.call(self.address, "PUT", path, body)
        if answer.status not in (HTTPStatus.OK, HTTPStatus.ACCEPTED):
            raise AdminCallError(f"{COPY}:{word}: {answer.status} {answer.data}")
        self._note(answer.data)

    def _note(self, release: Mapping[str, Any]) -> None:
        self.course.percents[release["revision"]] = release["percent"]
        self.percents[release["revision"]] = release["shadow_percent"]


def feel(port: int, mood: str) -> None:
    """Tell a backend how it is from now on."""
    answer = admin.call(f"http://127.0.0.1:{port}", "PUT", f"/{mood}")
    if answer.status != HTTPStatus.OK:
        raise AdminCallError(f"{mood}: {answer.data}")


def expected(answered: Iterable[tuple[int, str]], percents: Mapping[int, float], key: bytes) -> int:
    """Count those of the sample: each answer's revision says how many were copied then."""
    changes = sorted(percents)
    shares = (
        (percents[changes[bisect_right(changes, revision) - 1]], request_id)
        for revision, request_id in answered
    )
    return sum(_is_drawn(request_id.encode(), key, percent) for percent, request_id in shares)


def _is_drawn(request_id: bytes, key: bytes, percent: float) -> bool:
    digest = blake2b(request_id, key=key, digest_size=16).digest()
    return int.from_bytes(digest[:8], "big") % BUCKETS < round(percent * BUCKETS / 100)


@dataclass(frozen=True, slots=True)
class Books:
    """What a router has counted: copies and pairs, each by what became of them."""

    shadows: Counter[str]
    comparisons: Counter[str]

    @property
    def are_closed(self) -> bool:
        """Whether no pair waits."""
        return self.comparisons.total() >= sum(self.shadows[each] for each in HANDED_ON)


def read_books(metrics: str, service: str) -> Books:
    """Find them among a router's metrics."""
    books = Books(Counter(), Counter())
    for name, labels, number in _COUNTED.findall(metrics):
        said = dict(_LABEL.findall(labels))
        if said["service"] == service:
            kept = books.shadows if name == "shadows" else books.comparisons
            kept[said["result"]] += int(float(number))
    return books


@dataclass(frozen=True, slots=True)
class Judge:
    """Looks at what is left of it all."""

    address: str
    service: str

    def settled(self, requests: int) -> Books:
        """Return the books when so many requests are in them and none waits, or as they stand."""
        deadline = time.monotonic() + PATIENCE
        while True:
            books = self._books()
            is_done = books.shadows.total() >= requests and books.are_closed
            if is_done or time.monotonic() > deadline:
                return books
            time.sleep(LOOK_EVERY)

    def _books(self) -> Books:
        port = int(self.address.rpartition(":")[2])
        signed = {"authorization": f"Bearer {admin.SHOWN}"}
        return read_books(ask.get(port, "/metrics", signed).body.decode(), self.service)

    def phases(self) -> list[dict[str, Any]]:
        """Return what is known of each phase, the oldest first."""
        newest = self._divergences("")
        return [self._divergences(f"?phase={phase}") for phase in reversed(newest["phases"])]

    def _divergences(self, query: str) -> dict[str, Any]:
        path = f"/api/v1/services/{self.service}/divergences{query}"
        told: dict[str, Any] = admin.call(self.address, "GET", path).data
        return told


def faults_of_books(books: Books, requests: int) -> list[str]:
    """Say what is wrong with the ledger."""
    counted = books.shadows.total()
    others = sorted((+books.shadows).keys() - HARMLESS)
    wrong = [f"{counted} requests are in the ledger, and {requests} were drawn"]
    return wrong * (counted != requests) + [f"copies became {each}" for each in others]


def faults_of_phase(seen: Mapping[str, Any]) -> list[str]:
    """Say what is wrong with the differences that were found."""
    phase = f"phase {seen['phase']}"
    others = [each["field"] for each in seen["fields"] if each["field"] != FIELD]
    wrong = [f"{phase}: {each} differs, and nobody planted that" for each in others]
    found = next((each for each in seen["fields"] if each["field"] == FIELD), None)
    if found is None or found["raw"]["n"] < FEWEST:
        return [*wrong, f"{phase}: too little was compared to find anything"]
    ratio, number = found["raw"]["ratio"], found["raw"]["n"]
    if abs(ratio - PLANTED) > SIGMAS * sqrt(PLANTED * (1 - PLANTED) / number):
        wrong.append(f"{phase}: {FIELD} differs in {ratio:.2%} of {number}, planted {PLANTED:.2%}")
    if not found["claimed"] and found["because"] not in UNKNOWN:
        wrong.append(f"{phase}: {FIELD} is not claimed ({found['because']})")
    return wrong


def shown(seen: Mapping[str, Any]) -> str:
    """Write a phase's figures in one line."""
    fields = ", ".join(
        f"{each['field']} differs in {each['raw']['ratio']:.2%} "
        f"({each['raw']['low']:.2%} to {each['raw']['high']:.2%}) of {each['raw']['n']} pairs"
        + ", claimed"
        * each["claimed"]
        for each in seen["fields"]
    )
    results = ", ".join(f"{name} {count}" for name, count in seen["results"].items())
    return f"phase {seen['phase']}: {fields or 'nothing differs'}; planted {PLANTED:.2%}; {results}"


def key_of(state_dir: Path) -> bytes:
    """Return what the sample is drawn by."""
    return (state_dir / KEY).read_bytes()
