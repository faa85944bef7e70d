from router.http1.memory import Memory


def test_what_was_remembered_is_recalled() -> None:
    memory = Memory[int](2)
    memory.remember(b"a", 1)
    assert memory.recall(b"a") == 1
    assert memory.recall(b"b") is None


def test_what_is_in_use_outlives_what_occurred_once() -> None:
    memory = Memory[int](4)
    memory.remember(b"used", 0)
    for number in range(100):
        memory.remember(b"once-%d" % number, number)
        assert memory.recall(b"used") == 0
    assert memory.recall(b"once-0") is None


def test_at_most_two_generations_are_kept() -> None:
    memory = Memory[int](4)
    for number in range(100):
        memory.remember(b"%d" % number, number)
    held = {*memory.young, *memory._old}
    assert len(held) <= 8
    assert {b"96", b"97", b"98", b"99"} <= held


def test_who_holds_the_young_generation_sees_the_next_one() -> None:
    memory = Memory[int](1)
    young = memory.young
    memory.remember(b"a", 1)
    memory.remember(b"b", 2)
    assert young == {b"b": 2}
