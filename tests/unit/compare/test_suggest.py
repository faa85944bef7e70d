from collections.abc import Sequence
from dataclasses import replace

import pytest

from router.compare.suggest import Suggestion, as_config, suggestions
from router.compare.tally import Tally
from router.compare.verdict import Change, Difference, Judged, Verdict
from router.places.pointer import MISSING, Json, Missing
from router.settings.load import examine_text
from tests.support.judging import judged

Seen = tuple[Change, Json | Missing, Json | Missing]
AT: Seen = (Change.VALUE, "2026-11-22T01:00:00Z", "2026-11-22T01:00:01Z")
ID: Seen = (
    Change.VALUE,
    "6f1c2a7e-9b1d-4c55-8f00-1a2b3c4d5e6f",
    "00000000-0000-4000-8000-000000000000",
)
NEAR: Seen = (Change.VALUE, 100, 104)
NEARER: Seen = (Change.VALUE, 100, 101)
FAR: Seen = (Change.VALUE, 1, 900)
ORDER: Seen = (Change.ORDER, ["a", "b"], ["b", "a"])
GONE: Seen = (Change.MISSING, 1, MISSING)
WORD: Seen = (Change.VALUE, "red", "blue")
TEXT: Seen = (
    Change.VALUE,
    "Your refund is on its way to you and will arrive soon.",
    "Your refund is on its way to you and will arrive today.",
)


def pair(field: str, seen: Seen) -> Judged:
    verdict = Verdict((Difference(field, seen[0], field, *seen[1:]),))
    return replace(judged(), verdict=verdict, legacy_noise=verdict, ai_noise=verdict)


def noisy(**fields: Sequence[Seen]) -> Tally:
    tally = Tally()
    for field, habits in fields.items():
        for number in range(30):
            tally.add(pair(f"/{field}", habits[number % len(habits)]))
    return tally


def proposed(*habits: Seen) -> Suggestion:
    (found,) = suggestions(noisy(a=habits))
    return found


# Which rule...


@pytest.mark.parametrize(
    ("habits", "key", "value"),
    [
        ([AT], "classes", "timestamp"),
        ([ID], "classes", "uuid"),
        ([NEAR, NEARER], "tolerance", "{relative: 0.05}"),
        ([NEAR, FAR], "classes", "number"),
        ([TEXT], "text", "{similarity: 0.9}"),
        ([TEXT, WORD], "classes", "string"),
        ([ORDER], "unordered", ""),
        ([GONE], "ignore", ""),
        ([AT, ID], "ignore", ""),
        ([AT, GONE], "ignore", ""),
        ([ORDER, WORD], "ignore", ""),
    ],
)
def test_the_mildest_rule_that_covers_what_was_seen_is_proposed(
    habits: Sequence[Seen], key: str, value: str
) -> None:
    found = proposed(*habits)
    assert (found.field, found.key, found.value) == ("/a", key, value)


def test_a_reason_says_how_often_and_in_which_way() -> None:
    assert proposed(AT).reason == (
        "differs from itself in 100.0% (legacy) and 100.0% (AI), between both in 100.0%; "
        "always a timestamp"
    )


@pytest.mark.parametrize(
    ("field", "advice"),
    [
        ("status", "`status: false` compares it no more"),
        ("header:date", "leave it out of `headers`"),
        ("body", "no rule speaks of it"),
        ("/a*b", "no rule speaks of it"),
        ("", "all of it cannot be ignored"),
    ],
)
def test_what_no_rule_can_name_is_said_to_be_noise_all_the_same(field: str, advice: str) -> None:
    tally = Tally()
    for _ in range(30):
        tally.add(pair(field, GONE))
    (found,) = suggestions(tally)
    assert found.key == ""
    assert found.reason.endswith(advice)
    assert as_config([found]) == f"# {field or 'the whole body'}: {found.reason}\n"


def test_nothing_is_proposed_for_what_is_not_known_to_be_noise() -> None:
    tally = Tally()
    for _ in range(100):
        tally.add(judged(["/a"], [], []))
        tally.add(judged(["/b"]))
    assert suggestions(tally) == ()
    assert as_config(()) == ""


# The config...


def test_the_proposal_is_a_config_that_is_accepted() -> None:
    tally = noisy(
        at=[AT], id=[ID], score=[NEAR], size=[FAR], answer=[TEXT], tags=[ORDER], trace=[GONE]
    )
    for _ in range(30):
        tally.add(pair('/we"ird: #/*/~1é', AT))
        tally.add(pair("header:date", WORD))
    section = as_config(suggestions(tally))
    service = (
        "services:\n- name: support\n"
        '  legacy: {endpoints: ["http://127.0.0.1:9001"]}\n'
        '  ai: {endpoints: ["http://127.0.0.1:9002"]}\n'
    )
    indented = "".join(f"  {line}\n" for line in section.splitlines())
    examined = examine_text((service + indented).encode(), {}, "config")
    assert examined.problems == ()
    assert examined.settings is not None
    compare = examined.settings.services[0].compare
    assert compare is not None
    assert compare.ignore == ("/trace",)
    assert compare.classes["/at"] == compare.classes['/we"ird: #/*/~1é'] == "timestamp"
    assert compare.tolerance["/score"].relative == 0.05
    assert compare.text["/answer"].similarity == 0.9
    assert compare.unordered == ("/tags",)


def test_the_same_counts_propose_the_same_words() -> None:
    one, other = noisy(at=[AT], id=[ID], tags=[ORDER]), noisy(tags=[ORDER], id=[ID], at=[AT])
    assert as_config(suggestions(one)) == as_config(suggestions(other))
