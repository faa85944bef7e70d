import io

import pytest
from rich.console import Console

from router.demo.scene import Ports
from router.demo.tally import Tally
from router.demo.view import frame
from router.model import Variant
from tests.support.demo_answers import PLAN, answer, full_walk, tally_at

PORTS = Ports(proxy=8080, admin=9900, legacy=9001, ai=9002)


def drawn(tally: Tally, now: float = 4.0, *, width: int = 80, rows: int = 30) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=width, height=rows).print(frame(PLAN, PORTS, tally, now, rows))
    return out.getvalue().splitlines()


@pytest.mark.parametrize("rows", [24, 30, 50])
def test_a_frame_fits_on_the_terminal(rows: int) -> None:
    lines = drawn(full_walk(), rows=rows)
    assert len(lines) <= rows
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("step", range(4))
def test_a_step_without_answers_can_be_drawn(step: int) -> None:
    assert any("% configured" in line for line in drawn(tally_at(step)))


def test_a_tour_that_has_not_begun_can_be_drawn() -> None:
    assert any("0:00 of 0:04" in line for line in drawn(Tally(PLAN, {})))


def test_the_seen_share_stands_under_the_configured_one() -> None:
    tally = full_walk()
    tally.step = 1
    lines = drawn(tally)
    at = next(number for number, line in enumerate(lines) if "20 % configured" in line)
    assert "20.0 %" in lines[at + 1]
    assert abs(lines[at].index("▾") - (18 + 0.2 * 52)) <= 1


def test_what_each_variant_does_is_shown() -> None:
    lines = "\n".join(drawn(full_walk()))
    for word in ("tickets/s", "p50", "p95", "errors", "right label", "spent"):
        assert word in lines


def test_the_latest_tickets_are_shown_with_their_judgement() -> None:
    tally = tally_at(1)
    tally.add(answer(Variant.AI, "a", label="shipping", confidence=0.41))
    tally.add(answer(Variant.AI, "b", status=503, label=""))
    tally.add(answer(None, "c", status=0))
    lines = drawn(tally, rows=40)
    assert any("shipping" in line and "41 %" in line and "✗" in line for line in lines)
    assert any("error 503" in line for line in lines)
    assert any("error -" in line for line in lines)


def test_a_customer_moved_off_ai_is_not_hidden() -> None:
    tally = tally_at(2)
    tally.wrongs.moved_off_ai = 2
    assert any("2 tickets went back to legacy" in line for line in drawn(tally))


def test_the_way_back_is_shown_when_it_was_gone() -> None:
    assert any("at the end, in one call" in line for line in drawn(tally_at(1)))
    assert any("nothing sent since" in line for line in drawn(full_walk()))
