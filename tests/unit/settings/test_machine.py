import resource

import pytest

from router.routing.capacity import RESERVED
from router.settings.machine import Machine, fitting_connections, this_machine
from router.settings.problems import Data
from tests.unit.settings.configs import AI, service, settings_of, warnings_on

QUIET: dict[str, Data] = {"key": "header:x-user-id", "cache": "private"}
SMALL = Machine(cores=2, descriptors=1064, now=0)


def warnings(machine: Machine = SMALL, **proxy: Data) -> list[tuple[str, str]]:
    return warnings_on(machine, service(split=QUIET), proxy=proxy)


def test_more_workers_than_cores_are_mentioned() -> None:
    assert warnings(workers=3) == [
        (
            "proxy.workers",
            "more workers than cores: this process may use 2 cores, and `auto` takes as many",
        )
    ]
    ((_, statement),) = warnings(Machine(1, 10_000, 0), workers=3)
    assert "1 core," in statement


@pytest.mark.parametrize("workers", [1, 2, "auto"])
def test_as_many_workers_as_cores_are_fine(workers: Data) -> None:
    assert warnings(workers=workers) == []


def test_a_supervisor_that_could_not_take_over_from_another_one_is_mentioned() -> None:
    # 65 workers, each with 64 sockets and 4 descriptors more, and 64 of its own.
    ((path, statement),) = warnings(Machine(64, 4483, 0), workers=64)
    assert path == "proxy.workers"
    assert "takes up to 4484 file descriptors, and this process may open 4483" in statement
    assert warnings(Machine(64, 4484, 0), workers="auto") == []


def test_more_connections_than_descriptors_are_mentioned() -> None:
    ((path, statement),) = warnings(limits={"connections": 501})
    assert path == "proxy.limits.connections"
    assert statement.startswith("only 500 fit into a worker, which may open 1064 file descriptors")
    assert warnings(limits={"connections": 500}) == []


def test_the_default_number_of_connections_is_meant_for_every_machine() -> None:
    assert warnings() == []


def test_the_pools_of_both_variants_leave_fewer_connections_for_clients() -> None:
    pools: dict[str, Data] = {**AI, "pool": {"max_connections": 100}}
    settings = settings_of(service(legacy=pools, ai=pools))
    assert fitting_connections(settings, RESERVED + 1000) == 800


def test_this_machine_is_looked_at() -> None:
    found = this_machine(12.5)
    assert found.cores >= 1
    assert found.descriptors == resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    assert found.now == 12.5
