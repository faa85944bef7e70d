import io

import msgspec
from rich.console import Console, Group

from router.demo.comparison import Coverage, Rates, Seen, comparison, headline
from tests.support.demo_answers import SEEN


def told(seen: Seen | None) -> str:
    out = io.StringIO()
    Console(file=out, width=100, no_color=True).print(Group(*comparison(seen)))
    return out.getvalue()


def test_coverage_the_field_that_differs_most_and_the_matrix_are_told() -> None:
    text = told(SEEN)
    assert "290 of 300 copied tickets were compared (96.7 %)." in text
    assert "decision, 40.0 % (30.0 % to 50.0 %) beyond noise: AI diverges." in text
    rows = [line.split() for line in text.splitlines()]
    assert ["refund", "170", "0"] in rows
    assert ["other", "120", "0"] in rows


def test_one_real_pair_stands_side_by_side() -> None:
    text = told(SEEN)
    assert "One of them: “my money, please”" in text
    assert ["label", "other", "refund"] in [line.split() for line in text.splitlines()]


def test_what_is_not_established_is_not_claimed() -> None:
    unclaimed = msgspec.structs.replace(SEEN.compared.fields[0], claimed=False)
    compared = msgspec.structs.replace(SEEN.compared, fields=[unclaimed])
    assert "not established yet" in " ".join(told(Seen(compared, None)).split())


def test_where_little_is_known_little_is_said() -> None:
    compared = msgspec.structs.replace(
        SEEN.compared,
        coverage=Coverage(5, 5, 1.0),
        summary=Rates(None, None, claimed=False),
        fields=[],
        decision=None,
    )
    assert "5 of 5 copied tickets" in told(Seen(compared, None))
    assert "Nothing was compared" in told(None)


def test_one_line_says_what_came_of_it() -> None:
    assert str(headline(None)) == "compared at 0 %: not yet"
    assert str(headline(SEEN)) == (
        "compared at 0 %: 290 tickets, most in decision: 40.0 % (30.0 % to 50.0 %)"
    )
