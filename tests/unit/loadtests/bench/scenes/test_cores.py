import pytest

from loadtests.bench.scenes.cores import Turn, least_percent, section


def test_two_workers_are_compared_with_one_of_the_same_proxy() -> None:
    found = {
        "nginx, 1 worker": [Turn(20.0, 10_000.0, 0.0)],
        "nginx, 2 workers": [Turn(22.0, 15_000.0, 48.0)],
    }
    told = section(found)
    assert told.rows == [
        ["nginx, 1 worker", "10,000", "1.00", "20.0", "-"],
        ["nginx, 2 workers", "15,000", "1.50", "22.0", "48"],
    ]
    assert "1.10 with nginx" in told.meaning


@pytest.mark.parametrize(
    ("spent", "percent"),
    [([3.0, 0.1, 1.0], 25.0), ([2.0, 2.0], 50.0), ([2.0], 0.0), ([], 0.0)],
    ids=["supervisor beside two", "even", "one alone", "nobody"],
)
def test_the_lazier_worker_is_the_second_busiest_thread(spent: list[float], percent: float) -> None:
    assert least_percent(spent) == percent
