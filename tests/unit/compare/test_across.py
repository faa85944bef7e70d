from router.compare.across import hide_across
from router.compare.detectors import Detectors
from router.places.pointer import Json

ALL = Detectors(("card", "email", "bearer"))


def events(*texts: str) -> list[Json]:
    return [{"data": {"choices": [{"delta": {"content": text}}]}} for text in texts]


def test_what_is_said_in_several_events_is_hidden_in_all_of_them() -> None:
    said = events("Write to ", "ada.", "love", "lace@exam", "ple.com", ", please")
    shown = hide_across(said, ALL)
    assert shown == events("Write to ", "[email]", "[email]", "[email]", "[email]", ", please")


def test_an_event_keeps_what_stands_beside_it() -> None:
    assert hide_across(["card 4111 1111", " 1111 1111 ok"], ALL) == ["card [card]", "[card] ok"]


def test_texts_at_different_places_are_different_texts() -> None:
    said: list[Json] = [{"a": "ada@", "b": "x"}, {"b": "example.com"}]
    assert hide_across(said, ALL) == said


def test_what_is_no_text_stays() -> None:
    said: list[Json] = [1, None, True, [2.5, {"a": []}], "ada@exam", "ple.com"]
    assert hide_across(said, ALL) == [*said[:4], "[email]", "[email]"]


def test_nothing_has_no_pieces() -> None:
    assert hide_across([], ALL) == []
