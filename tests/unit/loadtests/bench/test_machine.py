import pytest

from loadtests.bench.machine import Cores, TooFewCoresError, choose, describe

CPU = "processor\t: 0\nmodel name\t: A Fast One\n\nprocessor\t: 1\nmodel name\t: A Fast One\n"
MEMORY = "MemTotal:       25165824 kB\nMemFree:        1 kB\n"


def test_the_proxies_have_a_core_that_nobody_else_uses() -> None:
    assert choose([2, 5, 7]) == Cores(proxy=7, load=2)


def test_one_core_is_too_few() -> None:
    with pytest.raises(TooFewCoresError, match="needs 2 cores"):
        choose([3])


def test_a_machine_is_its_processor_and_memory() -> None:
    assert describe(CPU, MEMORY) == "A Fast One, 2 cores, 24 GiB"
