import os
from pathlib import Path

import pytest

from loadtests.bench import __main__ as bench, machine
from loadtests.bench.__main__ import keep, measure, measure_again, read_plan
from loadtests.bench.figures import Figure
from loadtests.bench.results import Results, Section, Setting
from loadtests.bench.scenes import SCENES
from loadtests.bench.stage import QUICK, Stage
from loadtests.bench.table import BEGIN, END
from loadtests.ground import GroundError


def names(*arguments: str) -> list[str]:
    return [server.name for server in read_plan(arguments).servers]


def test_a_run_without_a_word_compares_all_five() -> None:
    assert names() == ["nginx", "HAProxy", "Envoy", "aiohttp", "Gray Router"]


def test_some_proxies_can_be_asked_for_alone() -> None:
    assert names("--only", "gray-router", "bare-protocol") == ["Gray Router", "bare protocol"]


def test_only_a_full_run_renews_the_page() -> None:
    assert read_plan([]).is_full
    assert not read_plan(["--quick"]).is_full
    assert not read_plan(["--rounds", "3"]).is_full
    assert not read_plan(["--seconds", "1"]).is_full
    assert not read_plan(["--scenes", "split"]).is_full
    assert not read_plan(["--only", "gray-router"]).is_full


def test_a_missed_figure_fails_the_run_unless_told_otherwise() -> None:
    assert read_plan([]).may_fail
    assert not read_plan(["--no-fail"]).may_fail


def test_scenes_are_played_in_the_order_of_the_page() -> None:
    asked = read_plan(["--scenes", "uploads", "split"])
    assert asked.scenes == ("split", "uploads")
    assert read_plan([]).scenes == tuple(SCENES)


def test_asked_rounds_and_seconds_hold_for_every_scene() -> None:
    pace = read_plan(["--rounds", "3", "--seconds", "1"]).pace
    assert (pace.rounds, pace.short_rounds, pace.free_rounds) == (3, 3, 3)
    assert (pace.listening_rounds, pace.slow_rounds) == (3, 3)
    assert (pace.seconds, pace.short_seconds) == (1, 1)


def told(_stage: Stage) -> Section:
    return Section("Told", "how", ["proxy"], [["nginx"]], [], "meaning", {})


def broken(_stage: Stage) -> Section:
    raise GroundError("no such server")


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "SCENES", {"broken": broken, "split": told})
    monkeypatch.setattr(machine, "allowed_cores", lambda: [0, 1])
    monkeypatch.setattr(os, "sched_setaffinity", lambda *_: None)
    monkeypatch.setattr(bench, "raise_descriptors", lambda: None)
    monkeypatch.setattr(bench, "describe", lambda _: Setting("", "", "", {}))


@pytest.mark.usefixtures("_small")
def test_a_scene_that_fails_is_named_and_the_others_are_played() -> None:
    plan = bench.Plan((), ("broken", "split"), QUICK, may_fail=True)
    results = measure(plan)
    assert results.failed == {"broken": "no such server"}
    assert list(results.scenes) == ["split"]


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    page = tmp_path / "page.md"
    page.write_text(f"{BEGIN}\nold\n{END}\n")
    monkeypatch.setattr(bench, "PAGE", page)
    monkeypatch.setattr(bench, "LATEST", tmp_path / "results" / "latest.json")
    return page


@pytest.mark.parametrize(
    ("failed", "is_full", "is_renewed"),
    [({}, True, True), ({"split": "why"}, True, False), ({}, False, False)],
)
def test_a_page_is_renewed_only_by_a_full_run_in_which_nothing_failed(
    page: Path, failed: dict[str, str], is_full: bool, is_renewed: bool
) -> None:
    keep(Results(Setting("2026-01-02", "", "", {}), {}, failed, is_full=is_full))
    assert ("old" not in page.read_text()) is is_renewed
    assert bench.LATEST.is_file()


MISSED = Figure("a delay", 9.0, 5.0)


def run(figure: Figure, *, is_full: bool = True) -> Results:
    scene = Section("Told", "how", ["proxy"], [["nginx"]], [figure], "meaning", {})
    return Results(Setting("", "", "", {}), {"split": scene}, {}, is_full=is_full)


@pytest.mark.usefixtures("_small", "page")
def test_what_was_missed_is_played_once_more_and_that_is_said() -> None:
    keep(run(MISSED))
    results = measure_again(read_plan(["--again"]))
    assert results.is_full
    assert results.scenes["split"].missed_at_first == [MISSED]


@pytest.mark.usefixtures("_small", "page")
@pytest.mark.parametrize(
    ("last", "arguments"),
    [
        (None, []),
        (run(MISSED, is_full=False), []),
        (run(Figure("a delay", 4.0, 5.0)), []),
        (run(MISSED), ["--quick"]),
    ],
)
def test_there_is_no_second_time_without_a_whole_first_one(
    last: Results | None, arguments: list[str]
) -> None:
    if last is not None:
        keep(last)
    with pytest.raises(ValueError, match="run"):
        measure_again(read_plan(["--again", *arguments]))
