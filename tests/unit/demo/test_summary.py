import io

from rich.console import Console

from router.demo.summary import step_line, summary, way_back
from router.demo.tally import Tally
from tests.support.demo_answers import full_walk, tally_at


def printed(tally: Tally, problems: tuple[str, ...] = ()) -> str:
    out = io.StringIO()
    Console(file=out, width=100).print(summary(tally, problems))
    return out.getvalue()


def test_a_good_tour_says_that_everything_held() -> None:
    text = printed(full_walk())
    assert "Everything held." in text
    assert "✗" not in text


def test_every_step_stands_there_with_what_was_allowed() -> None:
    text = printed(full_walk())
    for words in ("50 %", "50.0 %", "± 10.0 %", "100 ms"):
        assert words in text


def test_each_problem_stands_there_word_for_word() -> None:
    text = printed(full_walk(), ("3 requests were never answered.",))
    assert "Not everything held:" in text
    assert "3 requests were never answered." in text


def test_a_step_that_does_not_hold_is_marked() -> None:
    assert "✗" in printed(tally_at(3))


def test_the_way_back_tells_its_milliseconds() -> None:
    assert "set in 100 ms" in way_back(full_walk())
    assert "nothing sent since" in way_back(full_walk())
    assert "was not reached" in way_back(tally_at(1))


def test_a_step_as_a_line_says_whether_it_holds() -> None:
    line = step_line(full_walk().steps[1])
    assert "20.0 % of    400 tickets" in line
    assert line.endswith("   as configured")
    assert step_line(tally_at(1).steps[1]).endswith("NOT as configured")
