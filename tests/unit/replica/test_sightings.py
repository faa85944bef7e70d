from dataclasses import replace

from router.replica.membership import Presence
from router.replica.sightings import Sightings

PATIENCE = 15.0
A = Presence("a", "a-1", 2, config_hash="c")
B = Presence("b", "b-1", 2, config_hash="c")
B_AGAIN = Presence("b", "b-2", 2, config_hash="c")


class Looks:
    """A look a second; whoever is named has beaten since the last one."""

    def __init__(self, *members: Presence) -> None:
        self.now = 100.0
        self.members = {each.instance: each for each in members}
        self.seen = Sightings(PATIENCE)
        self.look()

    def second(self, *beating: Presence, store_answers: bool = True) -> None:
        self.now += 1
        for each in beating:
            before = self.members.get(each.instance, each)
            self.members[each.instance] = replace(before, beat=before.beat + 1)
        self.look(waited=1.0 if store_answers else 0.0)

    def look(self, *, waited: float = 0.0) -> None:
        self.seen = self.seen.looked(self.members.values(), self.now, waited=waited)

    def silent(self) -> list[str]:
        return [each.presence.instance for each in self.seen.silent]

    def namesakes(self) -> list[str]:
        return list(self.seen.namesakes)


def test_whoever_beats_is_heard_now() -> None:
    looks = Looks(A, B)
    looks.second(A)
    assert [each.at for each in looks.seen.known.values()] == [101.0, 100.0]
    assert looks.silent() == []


def test_whoever_does_not_beat_for_a_lease_is_silent() -> None:
    looks = Looks(A, B)
    for _ in range(15):
        looks.second(A)
    assert looks.silent() == ["b-1"]
    looks.second(A, B)
    assert looks.silent() == []


def test_nobody_falls_silent_while_the_store_is_away() -> None:
    looks = Looks(A, B)
    for _ in range(100):
        looks.second(A, store_answers=False)
    assert looks.silent() == []


def test_whoever_has_left_is_not_missed() -> None:
    looks = Looks(A, B)
    del looks.members["b-1"]
    for _ in range(20):
        looks.second(A)
    assert looks.silent() == []


def test_one_that_was_restarted_is_not_missed() -> None:
    looks = Looks(A, B)
    looks.second(A, B)
    for _ in range(20):
        looks.second(A, B_AGAIN)
    assert looks.silent() == []
    assert looks.namesakes() == []


def test_two_that_speak_by_one_name_are_noticed() -> None:
    looks = Looks(A, B)
    looks.second(A, B, B_AGAIN)
    assert looks.namesakes() == []  # it may be the successor of one that was killed just now
    looks.second(A, B, B_AGAIN)
    assert looks.namesakes() == ["b"]
    for _ in range(4):
        looks.second(A, B_AGAIN)
    assert looks.namesakes() == []


def test_two_of_one_name_that_were_there_before_us_are_noticed() -> None:
    looks = Looks(A, B, B_AGAIN)
    assert looks.namesakes() == []
    looks.second(B, B_AGAIN)
    assert looks.namesakes() == ["b"]
