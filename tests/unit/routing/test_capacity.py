import pytest

from router.routing.capacity import RESERVED, for_connections, most_clients


@pytest.mark.parametrize(("descriptors", "left"), [(1000 + RESERVED, 1000), (66, 2), (0, 2)])
def test_some_descriptors_are_kept_for_the_worker_itself(descriptors: int, left: int) -> None:
    assert for_connections(descriptors) == left


@pytest.mark.parametrize(
    ("connections", "towards_backends", "clients"),
    [(1000, 200, 800), (1000, 500, 500), (1000, 512, 500), (2, 512, 1), (1, 0, 1)],
)
def test_what_pools_leave_is_for_clients_but_at_least_half(
    connections: int, towards_backends: int, clients: int
) -> None:
    assert most_clients(connections, towards_backends) == clients
