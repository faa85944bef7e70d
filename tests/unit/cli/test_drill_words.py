from typing import Any

from router.cli.drill_words import ended, stays
from tests.support.admin_double import RELEASE, REPORT, ROLLED_BACK

NOW = 1_790_000_000.0
PASSED: dict[str, Any] = {
    "report": REPORT,
    "restored": True,
    "because": None,
    "release": {**RELEASE, "revision": 10},
}


def test_a_drill_that_passed_says_how_long_it_took_and_that_all_is_as_before() -> None:
    assert ended(PASSED, NOW) == (
        "DRILL PASSED: support: everyone is on legacy, 3 of 3 workers, 41 ms after the call, kept "
        "in the store (epoch 4). Last AI request began 12 ms after it. As before it, 20 % of "
        "callers go to AI, rolling (revision 10)."
    )


def test_what_was_left_at_0_says_why_and_what_helps() -> None:
    held = {**ROLLED_BACK, "held_for": "drill"}
    left = {**PASSED, "restored": False, "because": "\x1bill", "release": held}
    told = ended(left, NOW)
    assert told.startswith("THE DRILL WAS NOT ENDED, it is rolled_back at 0 %: \\x1bill. support: ")
    assert "`gray-router resume support` gives AI what it had" in told


def test_what_somebody_else_has_commanded_since_then_is_not_to_be_resumed() -> None:
    left = {**PASSED, "restored": False, "because": "ben has changed the release meanwhile"}
    rolled_back = ended({**left, "release": {**ROLLED_BACK, "held_for": None}}, NOW)
    assert rolled_back.startswith("THE DRILL WAS NOT ENDED, it is rolled_back at 0 %: ben has")
    assert "resume" not in rolled_back
    raised = ended({**left, "release": {**RELEASE, "held_for": None}}, NOW)
    assert raised.startswith(
        "THE DRILL WAS NOT ENDED, it is rolling at 20 %: ben has changed the release meanwhile. "
        "Before that its rollback: support: everyone is on legacy"
    )
    assert "resume" not in raised


def test_it_is_said_whether_everybody_is_on_legacy_meanwhile() -> None:
    assert "everyone is on legacy" in stays(REPORT)
    assert "not confirmed by all" in stays({**REPORT, "complete": False})
