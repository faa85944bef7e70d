import pytest

from router.compare.pair import Fields
from router.comparer.phases import LONGEST, MOST, Phases
from tests.support.pairs import pair


@pytest.mark.parametrize(
    ("fields", "phase"),
    [
        ([], "7"),
        ([(b"x-gray-model", b"gpt-x")], "7/gpt-x"),
        ([(b"x-gray-model", b"gpt-x"), (b"x-gray-prompt-version", b"v3")], "7/gpt-x/v3"),
        ([(b"x-gray-prompt-version", b"v3")], "7//v3"),
        ([(b"x-gray-model", b"org/model\x00")], "7/org_model_"),
        ([(b"x-gray-model", b"m" * 200)], "7/" + "m" * LONGEST),
        ([(b"x-other-model", b"gpt-x")], "7"),
    ],
)
def test_a_phase_is_the_release_s_and_what_ai_says_of_itself(fields: Fields, phase: str) -> None:
    assert Phases("x-gray-").of(pair(ai_fields=fields)) == phase


def named(phases: Phases, number: int, phase: int = 7) -> str:
    return phases.of(pair(phase=phase, ai_fields=[(b"x-gray-model", b"m%d" % number)]))


def test_an_ai_that_names_itself_anew_each_time_divides_no_phase_endlessly() -> None:
    phases = Phases("x-gray-")
    names = {named(phases, number) for number in range(3 * MOST)}
    assert len(names) == MOST + 1
    assert named(phases, 3) == "7/m3"
    assert named(phases, 3 * MOST) == "7"
    assert named(phases, 3 * MOST, phase=8) == f"8/m{3 * MOST}"
