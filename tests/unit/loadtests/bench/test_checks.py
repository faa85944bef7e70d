from dataclasses import replace

import msgspec
import pytest

from loadtests.bench.checks import WrongAnswersError, tolerance, verify
from loadtests.bench.load import Load, Questions

ASKED = Questions()
GOOD = Load(1000, 1_000_000, 500, 900, broken=0, refused=0, received=1_200_000)


def changed(**fields: int) -> Load:
    return msgspec.structs.replace(GOOD, **fields)


def test_a_proxy_that_split_rightly_is_measured() -> None:
    verify("proxy", ASKED, GOOD, {"legacy": 810, "ai": 200})


@pytest.mark.parametrize(
    ("load", "answered"),
    [
        (changed(broken=1), {"legacy": 800, "ai": 200}),
        (changed(refused=1), {"legacy": 800, "ai": 200}),
        (changed(received=900_000), {"legacy": 800, "ai": 200}),
        (GOOD, {"legacy": 730, "ai": 270}),
        (GOOD, {"legacy": 799, "ai": 200}),
        (GOOD, {"legacy": 900, "ai": 225}),
        (changed(requests=0), {"legacy": 0, "ai": 0}),
    ],
    ids=[
        "broken",
        "refused",
        "cut answers",
        "wrong share",
        "invented answers",
        "asked twice",
        "no answer at all",
    ],
)
def test_a_proxy_that_did_something_else_is_not(load: Load, answered: dict[str, int]) -> None:
    with pytest.raises(WrongAnswersError, match="proxy: "):
        verify("proxy", ASKED, load, answered)


def test_a_thousand_connections_leave_more_under_way() -> None:
    answered = {"legacy": 880, "ai": 220}
    with pytest.raises(WrongAnswersError, match="1000 answers, but 1100"):
        verify("proxy", ASKED, GOOD, answered)
    verify("proxy", replace(ASKED, connections=1000), GOOD, answered)


def test_a_share_of_few_users_may_lie_further_off_by_chance() -> None:
    assert tolerance(10_000) == 3.0
    assert 6.0 < tolerance(1000) < 6.5
