from loadtests.faults.scenes.shadow import NONE, Seen, _counted, _no_later


def test_a_round_that_was_disturbed_in_both_moods_is_forgiven() -> None:
    hung, off = Seen([1.0, 9.0, 1.0]), Seen([1.0, 9.0, 1.0])
    promise = _no_later("hung", hung, off)
    assert promise.held
    assert promise.seen == "1.00 (1 ms against 1 ms)"


def test_users_who_wait_longer_are_seen() -> None:
    promise = _no_later("hung", Seen([1.2, 1.2]), Seen([1.0, 1.0]))
    assert not promise.held
    assert promise.is_timing


def test_without_copies_nothing_is_counted_and_with_them_everything() -> None:
    assert _counted(NONE, Seen(asked=10, counted=0)).held
    assert not _counted(NONE, Seen(asked=10, counted=1)).held
    assert _counted("hung", Seen(asked=10, counted=10)).held
    assert not _counted("hung", Seen(asked=10, counted=9)).held
