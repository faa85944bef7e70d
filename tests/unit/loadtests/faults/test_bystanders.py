from dataclasses import replace

import pytest

from loadtests.family import TICK
from loadtests.faults.bystanders import Bystanders, Reading, parse_busy, share_of_others

STAT = "cpu  100 10 50 900 40 5 6 7 8 9\ncpu0 1 1 1 1 1 1 1 1 1 1\n"


def test_cores_work_for_users_the_kernel_and_other_machines_but_not_while_they_wait() -> None:
    assert parse_busy(STAT) == pytest.approx((100 + 10 + 50 + 5 + 6 + 7) * TICK)


def test_others_have_what_is_neither_idle_nor_ours() -> None:
    before, after = Reading(10.0, 100.0, 40.0), Reading(20.0, 112.0, 47.0)
    assert share_of_others(before, after, cores=2) == pytest.approx(0.25)


def test_what_the_kernel_counts_late_is_nobody_s() -> None:
    before, after = Reading(10.0, 100.0, 40.0), Reading(20.0, 101.0, 42.0)
    assert share_of_others(before, after, cores=2) == 0.0
    assert share_of_others(before, replace(after, busy=500.0), cores=2) == 1.0


def test_our_own_work_is_not_that_of_others() -> None:
    with Bystanders() as others:
        spent = sum(number * number for number in range(1_000_000))
    assert spent > 0
    assert 0.0 <= others.share <= 1.0
