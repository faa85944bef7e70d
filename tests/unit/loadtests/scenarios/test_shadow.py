from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loadtests import admin, ask
from loadtests.admin import AdminCallError, Answer
from loadtests.scenarios.release import Course
from loadtests.scenarios.shadow import (
    FIELD,
    KEY,
    PLANTED,
    Books,
    Copies,
    Judge,
    expected,
    faults_of_books,
    faults_of_phase,
    feel,
    key_of,
    read_books,
    shown,
)
from router.model import BasisPoints, Variant
from router.routing.shadowing import Sampling
from tests.support.shadows import shadow_to
from tests.support.views import View

DRAWN_BY = b"k" * 32
ADMIN = "http://127.0.0.1:9900"

METRICS = """\
# HELP gray_router_shadows_total Requests.
gray_router_shadows_total{result="paired",service="answers"} 5.0
gray_router_shadows_total{result="queue_full",service="answers"} 2.0
gray_router_shadows_total{result="paired",service="other"} 9.0
gray_router_comparisons_total{service="answers",result="match"} 4.0
"""


def label_of(ratio: float = PLANTED, n: int = 10_000, **more: Any) -> dict[str, Any]:
    raw = {"ratio": ratio, "low": ratio - 0.01, "high": ratio + 0.01, "n": n}
    return {"field": FIELD, "raw": raw, "claimed": True, "because": None, **more}


def phase(*fields: dict[str, Any]) -> dict[str, Any]:
    return {"phase": "7", "fields": list(fields), "results": {"match": 6, "divergent": 4}}


class Service:
    """An admin API in memory."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Any]] = []
        self.status = 200

    def call(self, _address: str, method: str, path: str, body: Any = None) -> Answer:
        self.asked.append((method, path, body))
        told = {"revision": len(self.asked), "percent": 0.0, "shadow_percent": 30.0}
        return Answer(self.status, told)

    def release(self, _address: str, _service: str) -> dict[str, Any]:
        return {"revision": 0, "percent": 0.0, "shadow_percent": 100.0}


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    stands = Service()
    monkeypatch.setattr(admin, "call", stands.call)
    monkeypatch.setattr(admin, "release", stands.release)
    return stands


@pytest.mark.parametrize(("word", "percent"), [("on", None), ("off", 0.0), ("30", 30.0)])
def test_copies_are_switched_and_what_is_in_force_is_noted(
    service: Service, word: str, percent: float | None
) -> None:
    copies = Copies(ADMIN, "answers", Course())
    copies.look()
    copies.switch(word)
    (asked,) = service.asked
    assert asked[:2] == ("PUT", "/api/v1/services/answers/shadow")
    assert asked[2]["percent"] == percent
    assert copies.percents == {0: 100.0, 1: 30.0}
    assert copies.course.percents == {0: 0.0, 1: 0.0}


def test_a_word_that_is_refused_ends_the_walk(service: Service) -> None:
    service.status = 409
    with pytest.raises(AdminCallError, match="copy:off: 409"):
        Copies(ADMIN, "answers", Course()).switch("off")
    with pytest.raises(AdminCallError, match="hung"):
        feel(9001, "hung")


def test_a_backend_is_told_how_it_is(service: Service) -> None:
    feel(9001, "hung")
    assert service.asked == [("PUT", "/hung", None)]


def test_as_many_are_expected_as_were_copied_when_each_was_served() -> None:
    served = [(1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "e")]
    assert expected(served, {0: 0.0, 2: 100.0, 4: 0.0}, DRAWN_BY) == 2


@pytest.mark.parametrize("percent", [0.01, 30, 99.99])
def test_the_sample_is_the_one_that_the_router_draws(percent: float) -> None:
    ids = [f"request-{number}" for number in range(3000)]
    share = BasisPoints(round(percent * 100))
    sampling = Sampling(replace(shadow_to(), key=DRAWN_BY, share=share))
    drawn = sum(sampling.choose(View(), each.encode(), Variant.LEGACY) > 0 for each in ids)
    assert expected([(1, each) for each in ids], {1: percent}, DRAWN_BY) == drawn


def test_books_are_those_of_one_service() -> None:
    books = read_books(METRICS, "answers")
    assert books == Books(Counter(paired=5, queue_full=2), Counter(match=4))
    assert not books.are_closed
    assert Books(Counter(paired=1, shadow_error=1), Counter(match=1, error=1)).are_closed


def test_a_request_that_is_not_counted_or_twice_is_found() -> None:
    books = Books(Counter(paired=5, queue_full=2, client_gone=0), Counter(match=5))
    assert faults_of_books(books, 7) == []
    assert faults_of_books(books, 8) == ["7 requests are in the ledger, and 8 were drawn"]
    assert faults_of_books(books, 6) == ["7 requests are in the ledger, and 6 were drawn"]


def test_what_must_not_become_of_a_copy_is_named() -> None:
    books = Books(Counter(paired=5, primary_failed=1), Counter())
    assert faults_of_books(books, 6) == ["copies became primary_failed"]


def test_what_was_planted_is_right() -> None:
    assert PLANTED == 3 / 8
    assert faults_of_phase(phase(label_of())) == []
    assert faults_of_phase(phase(label_of(claimed=False, because="no_repeats"))) == []


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ([], "phase 7: too little was compared to find anything"),
        ([label_of(n=10)], "phase 7: too little was compared to find anything"),
        ([label_of(0.3)], "phase 7: /label differs in 30.00% of 10000, planted 37.50%"),
        (
            [label_of(claimed=False, because="within_noise")],
            "phase 7: /label is not claimed (within_noise)",
        ),
        ([label_of(), label_of(field="/user")], "phase 7: /user differs, and nobody planted that"),
    ],
)
def test_whatever_else_is_found_is_a_fault(fields: list[dict[str, Any]], wrong: str) -> None:
    assert faults_of_phase(phase(*fields)) == [wrong]


def test_a_phase_is_shown_in_a_line() -> None:
    assert shown(phase(label_of())) == (
        "phase 7: /label differs in 37.50% (36.50% to 38.50%) of 10000 pairs, claimed; "
        "planted 37.50%; match 6, divergent 4"
    )
    assert "nothing differs" in shown(phase())


def test_books_are_looked_at_until_nothing_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter([METRICS, METRICS.replace('result="match"} 4', 'result="match"} 5')])
    monkeypatch.setattr(ask, "get", lambda *_: ask.Answer(200, {}, next(looks).encode()))
    monkeypatch.setattr("loadtests.scenarios.shadow.LOOK_EVERY", 0)
    assert Judge(ADMIN, "answers").settled(7).are_closed


def test_books_that_never_close_are_returned_as_they_stand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ask, "get", lambda *_: ask.Answer(200, {}, METRICS.encode()))
    monkeypatch.setattr("loadtests.scenarios.shadow.PATIENCE", 0)
    assert not Judge(ADMIN, "answers").settled(8).are_closed


def test_phases_are_told_from_the_oldest_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def call(_address: str, _method: str, path: str) -> Answer:
        return Answer(200, {"phases": ["2", "1"], "asked": path.partition("?")[2]})

    monkeypatch.setattr(admin, "call", call)
    phases = Judge(ADMIN, "answers").phases()
    assert [each["asked"] for each in phases] == ["phase=1", "phase=2"]


def test_the_key_is_the_one_that_the_router_keeps(tmp_path: Path) -> None:
    (tmp_path / KEY).write_bytes(DRAWN_BY)
    assert key_of(tmp_path) == DRAWN_BY
