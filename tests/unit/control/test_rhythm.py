import pytest

from router.control.rhythm import Rhythm


class Slept(list[float]):
    """A sleep that takes no time and remembers how long it should have."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.mark.parametrize(("roll", "seconds"), [(0.0, 4.5), (0.5, 5.0), (1.0, 5.5)])
async def test_a_pause_is_a_little_shorter_or_longer_by_chance(roll: float, seconds: float) -> None:
    slept = Slept()
    await Rhythm(lambda: roll, slept).pause(5.0)
    assert list(slept) == pytest.approx([seconds])


async def test_what_starts_together_is_spread_over_the_time_given() -> None:
    slept = Slept()
    await Rhythm(lambda: 0.25, slept).spread(2.0)
    assert slept == [0.5]
