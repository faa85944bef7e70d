from loadtests.bench.results import Section
from loadtests.bench.scenes import slow
from loadtests.bench.scenes.slow import DRIPPERS, Found
from loadtests.bench.steady import Steady


def found(
    *, p99_ms: float = 1.0, lasted: int = 17, cut: int = DRIPPERS, cut_seconds: float = 11.0
) -> dict[str, list[Found]]:
    one = Found(lasted, 300.0, p99_ms * 1000, 9000.0, 0, cut, cut_seconds, 12.0)
    return {"Gray Router": [one]}


def section(each: dict[str, list[Found]]) -> Section:
    return slow.section(each, Steady(1000, 0, 200.0, 900.0, 1500.0))


def missed(each: dict[str, list[Found]]) -> list[str]:
    return [figure.sentence() for figure in section(each).figures if not figure.is_met]


def test_a_proxy_that_cuts_drippers_and_serves_the_others_misses_nothing() -> None:
    assert missed(found()) == []
    assert section(found()).rows[1][-2] == "cut after 11.0 s"


def test_others_who_wait_are_missed() -> None:
    assert missed(found(p99_ms=6.0)) == [
        "MISSED by 20 %: p99 in ms beside slow clients is 6.00, the limit 5"
    ]


def test_one_dripper_who_is_never_cut_is_missed() -> None:
    assert missed(found(cut=DRIPPERS - 1)) == [
        "MISSED by 13 %: seconds until the last dripped header is cut is 17.00, the limit 15"
    ]


def test_a_run_that_is_too_short_says_nothing_about_the_cut() -> None:
    short = found(lasted=3, cut=0)
    assert len(section(short).figures) == 1
    assert section(short).rows[1][-2] == f"{DRIPPERS} open after 3 s"


def test_the_first_line_is_how_it_is_without_proxy_and_slow_clients() -> None:
    assert section(found()).rows[0] == ["no proxy", "0.20", "0.90", "1.50", "0", "-", "-"]


def rounds(*each: dict[str, list[Found]]) -> dict[str, list[Found]]:
    return {"Gray Router": [found for one in each for found in one["Gray Router"]]}


def test_one_disturbed_round_of_three_is_forgiven() -> None:
    assert missed(rounds(found(p99_ms=1), found(p99_ms=40), found(p99_ms=2))) == []
    assert missed(rounds(found(p99_ms=6), found(p99_ms=40), found(p99_ms=2))) != []


def test_a_dripper_has_to_be_cut_in_every_round() -> None:
    assert missed(rounds(found(), found(), found(cut=DRIPPERS - 1))) != []
    assert missed(rounds(found(), found(), found(cut_seconds=15.5))) != []
