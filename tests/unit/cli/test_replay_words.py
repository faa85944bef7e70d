from router.cli.replay_words import LEFT_OUT, notes_of, page_of
from router.compare.pair import Loss
from router.compare.verdict import Change, Difference, Judged, Verdict
from router.model import Variant
from router.replay import choosing
from router.replay.entries import Broken
from router.replay.played import Played
from router.replay.reporting import report


def notes(played: Played, *, is_slowed: bool = False) -> list[str]:
    told = report("support", "r.jsonl", played)
    return list(notes_of(told, ("GET", "HEAD"), is_slowed=is_slowed))


def test_every_reason_not_to_send_has_its_words() -> None:
    names = (
        "OTHER_SERVICE",
        "NOT_SHADOWED",
        "UNSAFE",
        "TOO_LARGE",
        "NO_PATH",
        "NO_TEXT",
        "UNMASKABLE",
    )
    assert {getattr(choosing, name) for name in names} == set(LEFT_OUT)


def test_a_replay_that_went_well_needs_no_word_more() -> None:
    assert notes(Played(is_whole=True, read=1)) == []


def test_a_recording_of_nothing_is_said_and_was_not_slow() -> None:
    nothing = "nothing in the recording was a request"
    assert notes(Played(is_whole=True), is_slowed=True) == [nothing]


def test_what_was_not_sent_is_said_with_what_to_do() -> None:
    played = Played(is_whole=True, read=3)
    for reason in ("other_service", "unsafe_method", "unsafe_method"):
        played.leave_out(reason)
    other, unsafe = notes(played)
    assert other.startswith("not sent: 1 of another service")
    assert "--any-match" in other
    assert unsafe.startswith("not sent: 2 with another method than GET, HEAD")
    assert "side_effects: none" in unsafe


def test_what_went_wrong_is_said_a_line_for_each() -> None:
    played = Played(stopped="AI's answers have cost 5 USD", sent=7)
    for number in (3, 4):
        played.note_broken(Broken(f"line {number}", "body is not base64"))
    played.note_broken(Broken("line 9", "cut\x1b"))
    played.lost[Variant.AI, Loss.TIMEOUT] = 7
    assert notes(played, is_slowed=True) == [
        "not read: line 3: body is not base64 (2 times, here first)",
        "not read: line 9: cut\\x1b",
        "not whole: 7 times ai's answer (timeout)",
        (
            "slower than asked for: `shadow.budget.requests_per_second` counts the copies to both "
            "variants"
        ),
        "ended before the recording did: AI's answers have cost 5 USD",
    ]


def test_a_replay_that_was_broken_off_says_so() -> None:
    assert notes(Played()) == ["ended before the recording did"]


def test_the_page_says_where_to_look_and_how_it_went() -> None:
    played = Played(read=10, sent=4, seconds=2, cost=1_500_000_000)
    for name, place in (("/b", "line 7"), ("/a", "line 9")):
        difference = Difference(name, Change.VALUE, name, 1, 2)
        played.tally.add(Judged("support", "", 0.0, Verdict((difference,))))
        played.note_differing([name], place)
    assert page_of(report("support", "r.jsonl", played)).splitlines()[-3:] == [
        "look at   /a: line 9",
        "look at   /b: line 7",
        (
            "replayed  4 of 10 requests read from r.jsonl in 2.0 s, 2 a second; AI's answers cost "
            "1.5 USD"
        ),
    ]
