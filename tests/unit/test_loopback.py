import pytest

from router.loopback import is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "localhost.", "127.9.9.9"])
def test_loopback_is_what_other_machines_cannot_reach(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "example.com", "localhost.example.com", "172.17.0.1", ""]
)
def test_whatever_else_an_address_is_others_may_reach_it(host: str) -> None:
    assert not is_loopback(host)
