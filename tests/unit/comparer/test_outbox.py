import pytest

from router.comparer import outbox as module
from router.comparer.outbox import LONGEST, Outbox
from router.wire.comparing import Sample


def sample(number: int, size: int = 0) -> Sample:
    return Sample(str(number), "support", "7", 0.0, "diff", (), b"x" * size)


def numbers(samples: list[Sample]) -> list[int]:
    return [int(each.id) for each in samples]


def test_samples_are_told_again_until_they_are_kept() -> None:
    outbox = Outbox()
    outbox.add(sample(1), 0.0)
    told = outbox.next()
    outbox.add(sample(2), 0.0)
    assert numbers(outbox.next()) == [1, 2]
    outbox.keep(told)
    assert numbers(outbox.next()) == [2]


@pytest.mark.parametrize(("limit", "most"), [("MOST_SAMPLES", 2), ("MOST_BYTES", 2 * 1300)])
def test_beyond_a_limit_the_oldest_goes_and_is_told_of(
    limit: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, limit, most)
    outbox, lost = Outbox(), list[int]()
    outbox.on_loss = lost.append
    for number in range(3):
        outbox.add(sample(number, 1000), 0.0)
    assert numbers(outbox.next()) == [1, 2]
    assert lost == [1]


def test_what_nobody_keeps_for_too_long_goes() -> None:
    outbox = Outbox()
    outbox.add(sample(1), 0.0)
    outbox.add(sample(2), LONGEST + 1)
    assert numbers(outbox.next()) == [2]


def test_no_more_is_told_at_once_than_fits_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_TOLD", 3000)
    outbox = Outbox()
    for number in range(4):
        outbox.add(sample(number, 1000), 0.0)
    told = outbox.next()
    assert numbers(told) == [0, 1]
    outbox.add(sample(9, 9000), 0.0)
    for _ in range(2):
        outbox.keep(outbox.next())
    assert numbers(outbox.next()) == [9]
