import pytest

from router.compare.effort import ALLOWED, Effort, SpentError


def test_effort_lasts_until_it_is_spent() -> None:
    effort = Effort()
    effort.spend(ALLOWED)
    with pytest.raises(SpentError):
        effort.spend(1)
