from router.control.reach import Reach
from tests.support.background import events


def test_each_turn_is_told_once() -> None:
    with events() as told:
        reach = Reach()
        reach.lost("never answered yet")
        reach.begun()
        reach.lost("refused")
        reach.lost("refused")
        answers = [reach.answers]
        reach.found()
        reach.found()
    assert [*answers, reach.answers] == [False, True]
    assert [name for name, _ in told] == ["store_lost", "store_found"]


def test_the_last_trouble_is_known_for_as_long_as_it_lasts() -> None:
    reach = Reach()
    seen = [reach.trouble]
    reach.begun()
    reach.lost("refused")
    reach.lost("it is full")
    seen.append(reach.trouble)
    reach.found()
    assert [*seen, reach.trouble] == ["", "it is full", ""]
