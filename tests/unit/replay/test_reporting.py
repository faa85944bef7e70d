from router.compare.pair import Loss
from router.compare.tally import Tally
from router.compare.verdict import Change, Difference, Judged, Verdict
from router.model import Variant
from router.replay.entries import Broken
from router.replay.played import Played
from router.replay.reporting import report


def test_answers_that_were_lost_stand_in_the_report() -> None:
    played = Played(read=3, sent=3)
    played.left_out["shadow_timeout"] = 3
    played.lost[Variant.AI, Loss.TIMEOUT] = 3
    told = report("support", "x.jsonl", played)
    assert told["coverage"]["left_out"] == {"shadow_timeout": 3}
    assert told["replay"]["lost"] == {"ai timeout": 3}
    assert told["summary"]["raw"] is None


def test_coverage_speaks_of_what_was_to_be_compared_and_of_nothing_else() -> None:
    played = Played(read=10, sent=4)
    played.outside["other_service"] = 5
    played.leave_out("too_large")
    played.tally.add(Judged("support", "", 0.0, Verdict()))
    played.tally.add(Judged("support", "", 0.0, Verdict(error="undecodable")))
    coverage = report("support", "x.jsonl", played)["coverage"]
    assert coverage["eligible"] == 5
    assert coverage["compared"] == 1
    assert coverage["left_out"] == {"too_large": 1, "undecodable": 1, "waiting": 2}
    assert sum(coverage["left_out"].values()) + coverage["compared"] == coverage["eligible"]


def test_where_to_look_is_said_of_what_is_no_noise_as_it_is_known_in_the_end() -> None:
    played = Played(read=300, sent=300)
    clock, label = (Difference(it, Change.VALUE, it, 1, 2) for it in ("/at", "/label"))
    for number in range(300):
        found = Verdict((clock, label) if number % 3 == 0 else (clock,))
        own = Verdict((clock,))
        played.tally.add(Judged("support", "", 0.0, found, own, own))
        played.note_differing([it.field for it in found.differences], f"line {number}")
    told = report("support", "x.jsonl", played)["replay"]
    assert list(told["differing"]) == ["/label"]


def test_how_it_went_stands_beside_it() -> None:
    tally = Tally()
    difference = Difference("/label", Change.VALUE, "/label", 1, 2)
    tally.add(Judged("support", "", 0.0, Verdict((difference,))))
    played = Played(tally=tally, read=2, sent=1, cost=1_500_000_000, seconds=2.0, stopped="enough")
    played.note_broken(Broken("line 3", "body is not base64"))
    played.note_differing(["/label"], "line 1")
    assert report("support", "x.jsonl", played)["replay"] == {
        "source": "x.jsonl",
        "is_whole": False,
        "stopped": "enough",
        "read": 2,
        "sent": 1,
        "seconds": 2.0,
        "cost_usd": 1.5,
        "outside": {},
        "unreadable": [{"why": "body is not base64", "count": 1, "first": "line 3"}],
        "lost": {},
        "differing": {"/label": ["line 1"]},
    }
