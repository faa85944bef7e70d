from loadtests.faults.scenes.rollbacks import in_turns
from loadtests.faults.strikes import FAULTS, Fault, Striker


def test_faults_are_mixed_as_long_as_there_are_some() -> None:
    often = Fault("often", 3, Striker.nothing)
    once = Fault("once", 1, Striker.fill_the_disk)
    assert in_turns([often, once]) == [often, once, often, often]


def test_half_of_fifty_rollbacks_have_a_fault() -> None:
    names = [fault.name for fault in in_turns(FAULTS)]
    assert len(names) == 50
    assert names.count("undisturbed") == 25
