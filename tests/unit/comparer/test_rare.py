from router.comparer.rare import EVERY, Rare


def test_it_is_told_at_once_and_then_once_a_minute_with_all_that_came_meanwhile() -> None:
    told: list[tuple[str, str]] = []
    now = 5.0
    rare = Rare("stream_full", lambda event, detail: told.append((event, detail)), lambda: now)
    rare.note(3, "no room")
    rare.note(4, "no room")
    now += EVERY - 1
    rare.note(5, "no room")
    assert told == [("stream_full", "3 pairs: no room")]
    now += 1
    rare.note(1, "no room yet")
    assert told[1:] == [("stream_full", "10 pairs: no room yet")]
